/* Callgrind's client requests, for Python to call: each is a no-op outside valgrind. */
#include <valgrind/callgrind.h>

int running(void) { return RUNNING_ON_VALGRIND; }
void instrument(void) { CALLGRIND_START_INSTRUMENTATION; }
void leave(void) { CALLGRIND_STOP_INSTRUMENTATION; }
void toggle(void) { CALLGRIND_TOGGLE_COLLECT; }
void dump(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
