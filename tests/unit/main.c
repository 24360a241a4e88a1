#include "tests/unit/unit.h"

int
main(void)
{
	SRunner *r = srunner_create(unit_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
