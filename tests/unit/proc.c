/* proc.c on this very process, its threads and children. */
#include "base/err.h"
#include "target/proc.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct mapping *
mapping_at(const struct maps *maps, const void *p)
{
	uint64_t at = (uint64_t)(uintptr_t)p;
	size_t i;

	for (i = 0; i < maps->n; i++) {
		if (at >= maps->map[i].start && at < maps->map[i].end)
			return &maps->map[i];
	}
	return NULL;
}

START_TEST(maps_of_ourselves)
{
	static const int constant = 1;
	const struct mapping *m;
	char exe[4096] = {0};
	struct maps maps;
	int local = 0;
	size_t i;

	ck_assert_int_eq(maps_read(&maps, getpid()), 0);
	ck_assert_int_gt((int)readlink("/proc/self/exe", exe, sizeof exe - 1), 0);
	m = mapping_at(&maps, (const void *)(uintptr_t)unit_suite);
	ck_assert(m && m->read && m->exec && !m->write && m->inode);
	ck_assert_str_eq(m->path, exe);
	m = mapping_at(&maps, &constant);
	ck_assert(m && m->read && !m->write && !m->exec);
	m = mapping_at(&maps, &local);
	ck_assert(m && m->read && m->write && !m->inode);
	for (i = 0; i < maps.n; i++) {
		ck_assert_uint_lt(maps.map[i].start, maps.map[i].end);
		ck_assert(i == 0 || maps.map[i - 1].end <= maps.map[i].start);
	}
	maps_free(&maps);
	ck_assert_uint_eq(maps.n, 0);
}
END_TEST

/* A mapped file by the name `name`, opened through the maps: it holds what was written. */
static void
check_open(const char *name, bool deleted)
{
	char path[256], got[6] = {0};
	const struct mapping *m;
	struct maps maps;
	void *p;
	int fd;

	snprintf(path, sizeof path, "/tmp/pyrec-proc.%d %s", getpid(), name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, "hello", 5), 5);
	p = mmap(NULL, 5, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	close(fd);
	if (deleted)
		unlink(path);
	ck_assert_int_eq(maps_read(&maps, getpid()), 0);
	m = mapping_at(&maps, p);
	ck_assert_ptr_nonnull(m);
	ck_assert(m->inode != 0 && m->offset == 0);
	fd = maps_open(&maps, (size_t)(m - maps.map), getpid());
	if (fd < 0 && deleted && geteuid() != 0)
		fprintf(stderr, "a deleted file needs map_files, which needs root\n");
	else
		ck_assert(fd >= 0 && read(fd, got, 5) == 5 && !strcmp(got, "hello"));
	close(fd);
	maps_free(&maps);
	munmap(p, 5);
	unlink(path);
}

START_TEST(mapped_files_are_opened)
{
	check_open("plain", false);
	check_open("with  blanks (deleted)", false);
	check_open("h\xc3\xa4 \xff", false);
	check_open("gone", true);
}
END_TEST

/* The path leads to another file by now: that one is not what is mapped. */
START_TEST(a_replaced_file_is_not_taken_for_the_mapped_one)
{
	char path[64], got[6] = {0};
	const struct mapping *m;
	struct maps maps;
	void *p;
	int fd;

	snprintf(path, sizeof path, "/tmp/pyrec-proc.%d", getpid());
	ck_assert_int_ge(fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), 0);
	ck_assert_int_eq((int)write(fd, "hello", 5), 5);
	p = mmap(NULL, 5, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	unlink(path);
	ck_assert_int_ge(fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), 0);
	ck_assert_int_eq((int)write(fd, "other", 5), 5);
	close(fd);
	ck_assert_int_eq(maps_read(&maps, getpid()), 0);
	m = mapping_at(&maps, p);
	ck_assert_ptr_nonnull(m);
	fd = maps_open(&maps, (size_t)(m - maps.map), getpid());
	ck_assert(fd < 0 || (read(fd, got, 5) == 5 && !strcmp(got, "hello")));
	close(fd);
	maps_free(&maps);
	unlink(path);
}
END_TEST

START_TEST(no_such_process)
{
	struct maps maps;
	char name[16];
	pid_t pid = fork(), tid;

	if (pid == 0)
		_exit(0);
	/* A zombie is gone as well: it has no memory. */
	while (!proc_gone(pid))
		usleep(1000);
	ck_assert_int_eq(maps_read(&maps, pid), -1);
	ck_assert(errno == ESRCH || errno == ENOENT);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(proc_gone(pid));
	ck_assert_int_eq(maps_read(&maps, pid), -1);
	ck_assert(errno == ESRCH || errno == ENOENT);
	ck_assert_int_eq(proc_tasks(pid, &tid, 1), -1);
	ck_assert_int_eq(proc_ns_tid(pid, pid), 0);
	ck_assert_uint_eq(proc_start(pid), 0);
	proc_comm(pid, pid, name);
	ck_assert_str_eq(name, "");
	ck_assert_int_eq(proc_denied(pid), -1);
	ck_assert_ptr_nonnull(strstr(err_why(), "no such process"));
}
END_TEST

static pthread_barrier_t barrier;

static void *
named_thread(void *tid)
{
	prctl(PR_SET_NAME, "a) R (\xc3\xbc 1234567");
	*(pid_t *)tid = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

START_TEST(threads_and_their_names)
{
	enum { N = 5 };
	pthread_t threads[N];
	pid_t tids[N], seen[64];
	char name[16];
	int i, k, n;

	pthread_barrier_init(&barrier, NULL, N + 1);
	for (i = 0; i < N; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, named_thread, &tids[i]), 0);
	pthread_barrier_wait(&barrier);
	n = proc_tasks(getpid(), seen, 64);
	ck_assert_int_ge(n, N + 1);
	ck_assert_int_eq(proc_tasks(getpid(), seen, 2), n); /* so many, though 2 fit */
	ck_assert_int_eq(proc_tasks(getpid(), seen, 64), n);
	for (i = 0; i < N; i++) {
		for (k = 0; k < n && seen[k] != tids[i]; k++)
			;
		ck_assert_int_lt(k, n);
		proc_comm(getpid(), tids[i], name);
		ck_assert_str_eq(name, "a) R (\xc3\xbc 123456");
		ck_assert_int_eq(proc_ns_tid(getpid(), tids[i]), tids[i]);
	}
	pthread_barrier_wait(&barrier);
	for (i = 0; i < N; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(names_do_not_confuse_the_fields)
{
	uint64_t start = proc_start(getpid());

	ck_assert_uint_gt(start, 0);
	prctl(PR_SET_NAME, ") Z 1 2 (x");
	ck_assert(!proc_gone(getpid()));
	ck_assert_uint_eq(proc_start(getpid()), start);
}
END_TEST

/* A child in a pid namespace of its own is 1 there, and something else here. */
START_TEST(a_tid_in_its_own_namespace)
{
	int told[2], status;
	pid_t child, inner;

	ck_assert_int_eq(pipe(told), 0);
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			_exit(77);
		inner = fork();
		if (inner == 0) {
			pause();
			_exit(0);
		}
		_exit(write(told[1], &inner, sizeof inner) == sizeof inner ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 77) {
		fprintf(stderr, "left out: no pid namespace is to be had here\n");
		return;
	}
	ck_assert_int_eq((int)read(told[0], &inner, sizeof inner), sizeof inner);
	ck_assert_int_ne(inner, 1);
	ck_assert_int_eq(proc_ns_tid(inner, inner), 1);
	kill(inner, SIGKILL);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("proc");
	TCase *t = tcase_create("proc");

	tcase_add_test(t, maps_of_ourselves);
	tcase_add_test(t, mapped_files_are_opened);
	tcase_add_test(t, a_replaced_file_is_not_taken_for_the_mapped_one);
	tcase_add_test(t, no_such_process);
	tcase_add_test(t, threads_and_their_names);
	tcase_add_test(t, names_do_not_confuse_the_fields);
	tcase_add_test(t, a_tid_in_its_own_namespace);
	suite_add_tcase(s, t);
	return s;
}
