// SPDX-License-Identifier: MIT
//
// The qtest protocol against a peer that is this test: what has been written into the other end of the socket is there
// before it is asked for.
#include "tests/ps_test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine/qemu/monitor.h"
#include "machine/qemu/qtest.h"

struct irqs {
    unsigned count;
    struct {
        unsigned number;
        bool level;
    } seen[8];
};

struct peer {
    struct qtest link;
    struct irqs irqs;
    int end;
};

static void note_irq(void *context, unsigned number, bool level)
{
    struct irqs *irqs = context;

    assert_true(irqs->count < 8);
    irqs->seen[irqs->count].number = number;
    irqs->seen[irqs->count++].level = level;
}

static void begin(struct peer *peer)
{
    int ends[2];

    memset(peer, 0, sizeof(*peer));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    peer->link = (struct qtest){.fd = ends[0], .patience = 20, .irq = note_irq, .context = &peer->irqs};
    peer->end = ends[1];
}

static void end(struct peer *peer)
{
    close(peer->link.fd);
    if (peer->end >= 0)
        close(peer->end);
}

static void say(struct peer *peer, const char *text)
{
    assert_int_equal(write(peer->end, text, strlen(text)), strlen(text));
}

static void assert_heard(struct peer *peer, const char *text)
{
    char heard[256] = "";

    assert_true(read(peer->end, heard, sizeof(heard) - 1) >= 0);
    assert_string_equal(heard, text);
}

PS_TEST(an_answer_has_a_value)
{
    struct peer peer;
    uint64_t value;

    begin(&peer);
    say(&peer, "OK 0x1234\n");
    assert_int_equal(qtest_ask(&peer.link, &value, "inw 0x%x", 0xc000), 0);
    assert_int_equal(value, 0x1234);
    assert_heard(&peer, "inw 0xc000\n");
    assert_int_equal(peer.link.commands, 1);
    end(&peer);
}

PS_TEST(answers_of_posted_commands_come_first)
{
    struct peer peer;
    uint64_t value;

    begin(&peer);
    assert_int_equal(qtest_post(&peer.link, "outb 0x1 0x2"), 0);
    assert_int_equal(qtest_post(&peer.link, "outb 0x1 0x3"), 0);
    assert_int_equal(peer.link.posted, 2);
    say(&peer, "OK\nOK\nOK 0x7\n");
    assert_int_equal(qtest_ask(&peer.link, &value, "inb 0x1"), 0);
    assert_int_equal(value, 7);
    assert_int_equal(peer.link.posted, 0);
    end(&peer);
}

PS_TEST(interrupt_lines_come_in_between_and_by_themselves)
{
    struct peer peer;
    uint64_t value;

    begin(&peer);
    say(&peer, "IRQ raise 11\nOK 0x0\n");
    assert_int_equal(qtest_ask(&peer.link, &value, "inb 0x1"), 0);
    say(&peer, "IRQ lower 11\nIRQ raise 5\n");
    assert_int_equal(qtest_look(&peer.link), 0);
    assert_int_equal(peer.irqs.count, 3);
    assert_int_equal(peer.irqs.seen[0].number, 11);
    assert_true(peer.irqs.seen[0].level);
    assert_int_equal(peer.irqs.seen[1].number, 11);
    assert_false(peer.irqs.seen[1].level);
    assert_int_equal(peer.irqs.seen[2].number, 5);
    end(&peer);
}

PS_TEST(a_line_in_two_pieces_waits_for_its_end)
{
    struct peer peer;

    begin(&peer);
    say(&peer, "IRQ rai");
    assert_int_equal(qtest_look(&peer.link), 0);
    assert_int_equal(peer.irqs.count, 0);
    say(&peer, "se 11\n");
    assert_int_equal(qtest_look(&peer.link), 0);
    assert_int_equal(peer.irqs.count, 1);
    end(&peer);
}

PS_TEST(a_refusal_is_an_error_unless_it_is_asked_for)
{
    struct peer peer;
    uint64_t value;
    bool known = true;

    begin(&peer);
    say(&peer, "FAIL Unknown command 'clock_step'\n");
    assert_int_equal(qtest_try(&peer.link, &known, "clock_step 1"), 0);
    assert_false(known);
    say(&peer, "FAIL no\n");
    assert_int_equal(qtest_ask(&peer.link, &value, "inb 0x1"), -EPROTO);
    assert_int_equal(qtest_post(&peer.link, "outb 0x1 0x1"), -EPROTO); // it stays so
    end(&peer);
}

PS_TEST(silence_ends_in_a_timeout)
{
    struct peer peer;
    uint64_t value;

    begin(&peer);
    assert_int_equal(qtest_ask(&peer.link, &value, "inb 0x1"), -ETIMEDOUT);
    end(&peer);
}

PS_TEST(a_closed_socket_and_lines_without_end_are_told)
{
    struct peer peer;
    uint64_t value;
    char much[4200];

    begin(&peer);
    say(&peer, "OK 0x");
    close(peer.end);
    peer.end = -1;
    assert_int_equal(qtest_ask(&peer.link, &value, "inb 0x1"), -EPIPE);
    end(&peer);
    begin(&peer);
    memset(much, 'x', sizeof(much) - 1);
    much[sizeof(much) - 1] = 0;
    say(&peer, much);
    assert_int_equal(qtest_ask(&peer.link, &value, "inb 0x1"), -EPROTO);
    end(&peer);
}

PS_TEST(the_monitor_tells_its_version_and_what_a_command_says)
{
    struct peer peer;
    struct monitor monitor = {.patience = 20};
    char said[40] = "";

    begin(&peer);
    monitor.fd = peer.link.fd;
    say(&peer, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}}}}\r\n"
               "{\"return\": {}}\r\n");
    assert_int_equal(monitor_greet(&monitor), 0);
    assert_int_equal(monitor.major * 100 + monitor.minor, 702);
    say(&peer, "{\"event\": \"RESUME\"}\r\n{\"return\": \"\"}\r\n");
    assert_int_equal(monitor_command(&monitor, "stopcapture 0", said, sizeof(said)), 0);
    say(&peer, "{\"return\": \"no such file\\r\\n\"}\r\n");
    assert_int_equal(monitor_command(&monitor, "wavcapture x", said, sizeof(said)), -EREMOTEIO);
    assert_string_equal(said, "no such file");
    end(&peer);
}
