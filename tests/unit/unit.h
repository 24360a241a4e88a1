/*
 * unit: what every unit test shares. A file of tests/unit defines unit_suite(); main() is here.
 * One program each, which ends with Check's line of counts. CK_FORK=no runs it under a debugger.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>

Suite *unit_suite(void);

#endif
