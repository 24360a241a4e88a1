#include "record/record.h"
#include "base/clock.h"
#include "base/err.h"
#include "record/family.h"
#include "record/launch.h"
#include "record/tick.h"
#include "target/proc.h"
#include "target/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	FLUSH_EVERY = 100000000, /* ns; a flush also sends what a live reader waits for */
	FLUSH_AT = 256 << 10,    /* bytes pending */
	PIPE_SIZE = 1 << 20,     /* a reader that dawdles a moment does not cost ticks */
};

struct session {
	const struct record_opts *opts;
	struct command command;
	struct family family;
	struct writer *writer;
	struct ticks ticks;
	uint64_t end, flush_at; /* ns */
	uint32_t first;         /* pid: missed ticks are told of it */
	uint64_t missed_told;   /* missed ticks already in the stream */
	struct record_stats *stats;
};

/* Sends what is pending. -1: the output is gone or full, err says which. */
static int
flush(struct session *s, uint64_t now)
{
	uint64_t missed = s->ticks.missed - s->missed_told;

	family_flush(&s->family, s->writer);
	if (missed)
		writer_lost(s->writer, s->first, 0, now, missed);
	s->missed_told += missed;
	s->flush_at = now + FLUSH_EVERY;
	if (writer_round(s->writer) == 0)
		return 0;
	s->stats->broken_pipe = errno == EPIPE;
	return -1;
}

/* The stream's table of symbols is full: both sides begin anew. */
static void
forget(struct session *s)
{
	family_flush(&s->family, s->writer);
	family_forget(&s->family);
	writer_forget(s->writer);
}

static bool
is_over(struct session *s, uint64_t now)
{
	command_wait(&s->command, false);
	if (s->family.n == 0 || s->command.ended || now >= s->end)
		return true;
	/* A command decides itself what an interrupt means; asking twice ends the recording. */
	return signals_seen() > (s->command.pid ? 1 : 0);
}

static int
loop(struct session *s)
{
	uint64_t now = clock_now(), until;

	s->flush_at = now + FLUSH_EVERY;
	while (!is_over(s, now)) {
		until = s->flush_at < s->end ? s->flush_at : s->end;
		if (ticks_wait(&s->ticks, until)) {
			now = clock_now();
			stop_late(false);
			family_tick(&s->family, s->writer, now);
			if (writer_full(s->writer) || family_full(&s->family))
				forget(s);
		}
		now = clock_now();
		if ((now >= s->flush_at || writer_pending(s->writer) > FLUSH_AT) &&
		    flush(s, now) < 0)
			return -1;
	}
	ticks_end(&s->ticks, now < s->end ? now : s->end);
	family_settle(&s->family, s->writer);
	return flush(s, now);
}

/* Each thread takes some descriptors. A command is started before this, with the limit it had. */
static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* Pids are CPython's or we say why not. */
static int
attach_all(struct session *s)
{
	const struct record_opts *o = s->opts;
	struct process *p;
	size_t i;

	for (i = 0; i < o->npids; i++) {
		p = family_add(&s->family, (pid_t)o->pids[i]);
		if (!p)
			return err_set("too many processes");
		/* With its children to come, one may be no CPython itself: a shell, a supervisor.
		 */
		if (process_attach(p, s->writer, clock_now()) < 0 && p->why != PYTHON_STARTING &&
		    !(p->why == PYTHON_NONE && o->follow))
			return -1;
		if (o->stops != STOPS_NEVER && !s->stats->tracer) {
			s->stats->traced = p->pid;
			s->stats->tracer = proc_tracer(p->pid);
		}
	}
	return 0;
}

static int
start(struct session *s, int *status)
{
	const struct record_opts *o = s->opts;

	s->family.follow = o->follow;
	s->family.stops = o->stops;
	s->family.interval = (uint64_t)(1e9 / o->hz);
	if (o->npids) {
		s->first = o->pids[0];
		signals_catch(NULL);
		raise_files();
		return attach_all(s);
	}
	if (command_start(&s->command, o->command, o->command_to_stderr, status) < 0)
		return -1;
	raise_files();
	s->first = (uint32_t)s->command.pid;
	signals_catch(&s->command);
	stop_spare(s->command.pid);
	/* It becomes Python in its own time. */
	family_add(&s->family, s->command.pid);
	return 0;
}

static void
count(struct session *s)
{
	struct record_stats *st = s->stats;

	st->taken = s->ticks.taken;
	st->missed = s->ticks.missed;
	st->due = st->taken + st->missed;
	st->late = s->ticks.late;
	st->count = family_counts(&s->family);
	st->seconds = (double)(clock_now() - s->ticks.start) / 1e9;
	st->found = family_was_live(&s->family);
}

/* Ends the stream and closes it: a reader of it shall not wait for the command. */
static int
close_stream(struct session *s)
{
	int result = writer_finish(s->writer);

	s->stats->bytes = writer_bytes(s->writer);
	if (result < 0)
		s->stats->broken_pipe = errno == EPIPE;
	writer_close(s->writer);
	if (close(s->opts->fd) < 0 && result == 0)
		result = err_sys("close");
	return result;
}

/* Ends the stream as well as may be. The first error is the one to tell. */
static int
give_up(struct session *s)
{
	bool broken_pipe = s->stats->broken_pipe;
	char why[2048];

	snprintf(why, sizeof why, "%s", err_why());
	close_stream(s);
	s->stats->broken_pipe = broken_pipe;
	return err_set("%s", why);
}

static int
run(struct session *s, int *status)
{
	int result;

	if (start(s, status) < 0)
		return -1;
	ticks_start(&s->ticks, s->opts->hz);
	if (s->opts->seconds > 0)
		s->end = s->ticks.start + (uint64_t)(s->opts->seconds * 1e9);
	result = loop(s);
	count(s);
	return result;
}

/* Waits for it; a thread that could not be stopped may still do so, and is let go. */
static void
outlive_command(struct command *c)
{
	const struct timespec nap = {.tv_nsec = 2000000};

	while (stop_any_late() && c->pid && !c->ended) {
		nanosleep(&nap, NULL);
		stop_late(false);
		command_wait(c, false);
	}
	command_wait(c, true);
}

int
record(const struct record_opts *opts, struct record_stats *stats, int *status)
{
	struct session s = {.opts = opts, .stats = stats, .end = UINT64_MAX};
	int result;

	*stats = (struct record_stats){0};
	*status = opts->npids ? 1 : 125;
	fcntl(opts->fd, F_SETPIPE_SZ, PIPE_SIZE);
	s.writer = writer_open(opts->fd, opts->zlevel, opts->hz);
	result = run(&s, status);
	result = result < 0 ? give_up(&s) : close_stream(&s);
	family_free(&s.family);
	outlive_command(&s.command);
	if (result == 0 || stats->broken_pipe)
		*status = s.command.status;
	return result;
}
