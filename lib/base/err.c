#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Long enough for a path of PATH_MAX and a sentence; a longer text is cut. */
static _Thread_local char why[5120];

int
err_set(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sys(const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	n = strlen(why);
	snprintf(why + n, sizeof why - n, ": %s", strerror(e));
	return -1;
}

int
err_at(const char *fmt, ...)
{
	char old[sizeof why];
	va_list ap;
	size_t n;

	memcpy(old, why, sizeof old);
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	n = strlen(why);
	snprintf(why + n, sizeof why - n, ": %s", old);
	return -1;
}

const char *
err_why(void)
{
	return why;
}
