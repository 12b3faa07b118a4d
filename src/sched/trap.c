// SPDX-License-Identifier: MIT
//
// The signal handlers of a running system. They are installed by the first run in the process and taken
// back by the end of the last (a count under a mutex; runs on several OS threads share them). A handler
// that halts leaves its alternate stack by a fiber switch, so it restores the signal mask itself.
#include "sched/trap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/sanitize.h"
#include "base/site.h"
#include "base/status.h"
#include "sched/guarded.h"
#include "sched/private.h"
#include "sched/handler.h"

enum { TRAP_STACK_BYTES = 128 << 10 };

static const int trap_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, WATCHDOG_SIGNAL};
enum { TRAP_SIGNALS = sizeof(trap_signals) / sizeof(trap_signals[0]) };

static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static unsigned installed; // runs in progress
static struct sigaction earlier[TRAP_SIGNALS];

// ---- what a fault means --------------------------------------------------------------------------------

struct trap {
    int signal, code;
    uint64_t address, instruction;
    uint64_t access; // 0 read, 1 write, 8 execute
};

static struct trap trap_of(int signal, const siginfo_t *info, const ucontext_t *context)
{
    struct trap trap = {.signal = signal, .code = info->si_code};
    uint64_t error = (uint64_t)context->uc_mcontext.gregs[REG_ERR];

    trap.address = (uint64_t)(uintptr_t)info->si_addr;
    trap.instruction = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
    trap.access = error & 0x10 ? 8 : error >> 1 & 1;
    return trap;
}

enum {
    CODE_IRQL = 0xd1,        // DRIVER_IRQL_NOT_LESS_OR_EQUAL
    CODE_EXCEPTION = 0x1e,   // KMODE_EXCEPTION_NOT_HANDLED
    CODE_DOUBLE_FAULT = 0x7f // UNEXPECTED_KERNEL_MODE_TRAP
};

static uint64_t exception_of(const struct trap *trap)
{
    if (trap->signal == SIGFPE)
        return trap->code == FPE_INTOVF ? 0xc0000095 : 0xc0000094;
    return trap->signal == SIGILL ? 0xc000001d : 0xc0000005;
}

static const char *access_name(const struct trap *trap)
{
    return trap->access == 8 ? "execute" : trap->access ? "write" : "read";
}

_Noreturn static void report_memory(struct ps_system *system, const struct trap *trap)
{
    const void *caller = (const void *)(uintptr_t)trap->instruction;
    uint8_t irql = sched_irql(system->sched);
    uint64_t high[4] = {trap->address, irql, trap->access, trap->instruction};
    uint64_t low[4] = {exception_of(trap), trap->instruction, trap->access, trap->address};
    char site[80];

    site_describe(caller, site, sizeof(site));
    finding_stop(system, "VF-57", SIDE_DRIVER, caller,
                 irql >= IRQL_DISPATCH ? CODE_IRQL : CODE_EXCEPTION,
                 irql >= IRQL_DISPATCH ? high : low, "%s of address 0x%llx faults in %s at IRQL %u",
                 access_name(trap), (unsigned long long)trap->address, site, irql);
}

_Noreturn static void report_instruction(struct ps_system *system, const struct trap *trap)
{
    const void *caller = (const void *)(uintptr_t)trap->instruction;
    uint64_t parameters[4] = {exception_of(trap), trap->instruction, 0, 0};
    char site[80];

    site_describe(caller, site, sizeof(site));
    finding_stop(system, "VF-57", SIDE_DRIVER, caller, CODE_EXCEPTION, parameters,
                 "%s in %s at IRQL %u", status_name((int32_t)parameters[0]), site,
                 sched_irql(system->sched));
}

_Noreturn static void report_overflow(struct ps_system *system, const struct trap *trap)
{
    const void *caller = (const void *)(uintptr_t)trap->instruction;
    uint64_t parameters[4] = {8, trap->address, 0, trap->instruction};
    char site[80];

    site_describe(caller, site, sizeof(site));
    finding_stop(system, "VF-57", SIDE_DRIVER, caller, CODE_DOUBLE_FAULT, parameters,
                 "kernel stack overflow in %s", site);
}

static struct sched_fault fault_of(const struct trap *trap)
{
    return (struct sched_fault){.address = (const void *)(uintptr_t)trap->address,
                                .instruction = (const void *)(uintptr_t)trap->instruction,
                                .write = trap->access == 1};
}

static void ask_kernel(struct ps_system *system, const struct trap *trap)
{
    const struct sched_kernel_ops *kernel = &system->sched->private->kernel;
    const struct sched_fault fault = fault_of(trap);

    if (kernel->faulted && trap->access != 8)
        kernel->faulted(system, &fault);
}

_Noreturn static void report(struct ps_system *system, const struct trap *trap)
{
    bool guard = false;

    if (trap->signal == SIGFPE || trap->signal == SIGILL)
        report_instruction(system, trap);
    arena_stack_find(system->arena, (void *)(uintptr_t)trap->address, NULL, NULL, &guard);
    if (guard)
        report_overflow(system, trap);
    ask_kernel(system, trap);
    report_memory(system, trap);
}

// ---- handlers ------------------------------------------------------------------------------------------

static struct sched *running_here(void)
{
    struct ps_system *system = system_current;

    return system && system->sched && sched_on_fiber(system->sched) ? system->sched : NULL;
}

static void chain(int signal, siginfo_t *info, void *context)
{
    struct sigaction *action = NULL;

    for (int i = 0; i < TRAP_SIGNALS; i++)
        if (trap_signals[i] == signal)
            action = &earlier[i];
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction(signal, info, context);
    else if (action->sa_handler == SIG_DFL)
        sigaction(signal, action, NULL); // the instruction faults again
    else if (action->sa_handler != SIG_IGN)
        action->sa_handler(signal);
}

// True: guarded_copy goes on and says that it failed.
static bool in_guarded_copy(ucontext_t *interrupted)
{
    greg_t *instruction = &interrupted->uc_mcontext.gregs[REG_RIP];

    if (*instruction != (greg_t)(uintptr_t)guarded_copy_access)
        return false;
    *instruction = (greg_t)(uintptr_t)guarded_copy_fault;
    return true;
}

// True: the interrupted code goes on at the handler of its innermost __try.
static bool to_handler(struct sched *sched, const struct trap *trap, ucontext_t *interrupted)
{
    greg_t *registers = interrupted->uc_mcontext.gregs;
    struct sched_handler *handler;
    bool guard = false;

    arena_stack_find(sched->system->arena, (void *)(uintptr_t)trap->address, NULL, NULL, &guard);
    handler = guard ? NULL : sched_handler_take(sched);
    if (!handler)
        return false;
    registers[REG_RDI] = (greg_t)(uintptr_t)handler;
    registers[REG_RSI] = (greg_t)exception_of(trap);
    registers[REG_RSP] = ((registers[REG_RSP] - 256) & ~(greg_t)15) - 8; // past the red zone, as if called
    registers[REG_RIP] = (greg_t)(uintptr_t)sched_handler_jump;
    return true;
}

static enum sched_page page_of(struct sched *sched, int signal, const siginfo_t *info,
                               const ucontext_t *interrupted)
{
    const struct sched_kernel_ops *kernel = &sched->private->kernel;
    const struct trap trap = trap_of(signal, info, interrupted);
    const struct sched_fault fault = fault_of(&trap);

    return kernel->page_fault && signal == SIGSEGV ? kernel->page_fault(sched->system, &fault)
                                                   : SCHED_PAGE_NONE;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    struct sched *sched = running_here();
    ucontext_t *interrupted = context;
    enum sched_page page = SCHED_PAGE_NONE;
    int error = errno;

    if (sched && info->si_code > 0)
        page = page_of(sched, signal, info, interrupted);
    if (page == SCHED_PAGE_IN || (page == SCHED_PAGE_NONE && in_guarded_copy(interrupted))) {
        errno = error;
        return;
    }
    if (sched && info->si_code > 0) { // by the kernel, not by kill()
        struct trap trap = trap_of(signal, info, interrupted);

        backtrace_escape(sched);
        if (page == SCHED_PAGE_NONE && to_handler(sched, &trap, interrupted))
            return;
        pthread_sigmask(SIG_SETMASK, &interrupted->uc_sigmask, NULL);
        report(sched->system, &trap);
    }
    chain(signal, info, context);
    errno = error;
}

static void on_watchdog(int signal, siginfo_t *info, void *context)
{
    struct sched *sched = running_here();
    const ucontext_t *interrupted = context;
    const void *caller = (const void *)(uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
    struct watchdog *watchdog;

    if (info->si_code != SI_TIMER || !sched)
        return;
    watchdog = &sched->private->outside->watchdog;
    if (!watchdog_tick(watchdog, sched->points)) {
        if (watchdog_is_over(watchdog))
            sched->attention_at = 0; // the next scheduling point tells it, where nothing is half done
        return;
    }
    pthread_sigmask(SIG_SETMASK, &interrupted->uc_sigmask, NULL);
    finding_stop(sched->system, "WATCHDOG", SIDE_DRIVER, caller, 0x133, NULL,
                 "no scheduling point for %u ms of CPU time (not step-exact)", watchdog->limit);
}

static void install(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};

    sigemptyset(&action.sa_mask);
    for (int i = 0; i < TRAP_SIGNALS; i++) {
        action.sa_sigaction = trap_signals[i] == WATCHDOG_SIGNAL ? on_watchdog : on_fault;
        sigaction(trap_signals[i], &action, &earlier[i]);
    }
}

static void uninstall(void)
{
    for (int i = 0; i < TRAP_SIGNALS; i++)
        sigaction(trap_signals[i], &earlier[i], NULL);
}

// ---- around a run --------------------------------------------------------------------------------------

int trap_stack_create(struct trap_stack *stack)
{
    void *memory = mmap(NULL, TRAP_STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    *stack = (struct trap_stack){.memory = memory, .bytes = TRAP_STACK_BYTES};
    return 0;
}

void trap_stack_destroy(struct trap_stack *stack)
{
    if (!stack->memory)
        return;
    sanitize_unpoison(stack->memory, stack->bytes);
    munmap(stack->memory, stack->bytes);
    stack->memory = NULL;
}

int trap_enter(struct trap_stack *stack)
{
    stack_t ours = {.ss_sp = stack->memory, .ss_size = stack->bytes};

    sanitize_unpoison(stack->memory, stack->bytes);
    if (sigaltstack(&ours, &stack->before))
        return -errno;
    pthread_mutex_lock(&installing);
    if (!installed++)
        install();
    pthread_mutex_unlock(&installing);
    return 0;
}

void trap_leave(struct trap_stack *stack)
{
    pthread_mutex_lock(&installing);
    if (!--installed)
        uninstall();
    pthread_mutex_unlock(&installing);
    sigaltstack(&stack->before, NULL);
}
