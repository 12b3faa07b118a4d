/* SPDX-License-Identifier: MIT */
/* The help texts; the man page says the same. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const char overview[] =
    "portside runs Windows audio miniport drivers on Linux.\n"
    "\n"
    "usage: portside COMMAND [OPTION]... ARGUMENT\n"
    "\n"
    "  play FILE       play an audio file through a driver, into a WAV file\n"
    "  record OUT.wav  record through a driver what its device hears\n"
    "  inspect DRIVER  what a driver offers: filters, pins, formats, nodes, connections\n"
    "  verify DRIVER   look for broken rules in thousands of schedules; a token for each\n"
    "  explain RULE    what a rule says, where it comes from, what breaks it\n"
    "  cc SOURCE...    compile a Windows driver's source to a driver for the others\n"
    "  help COMMAND    a command's options, with an example\n"
    "\n"
    "Common options:\n"
    "  -d, --driver NAME|PATH   built-in driver (ac97, ac97-rt, cyclic, hda, multi, sb16) or .so\n"
    "                           (default ac97)\n"
    "      --device NAME        device model: ac97, hda, multi, sb16, none, auto (default auto)\n"
    "      --machine MACHINE    sim (default), sim:quirks=qemu (its models behave as QEMU's devices), or qemu\n"
    "                           (QEMU's own devices; needs qemu-system-x86)\n"
    "      --memory LAYOUT      scattered, contiguous or fragmented pages (default scattered)\n"
    "      --clock virtual|real the clock (default virtual, where the machine can do that)\n"
    "      --processors N       virtual processors, 1 to 8 (default 2)\n"
    "      --seed N             decides layouts and fill patterns (default 0)\n"
    "      --policy NAME=VALUE  a named deviation, see docs/deviations.md\n"
    "      --registry FILE      the registry, read before and written after (see portside(1))\n"
    "      --files FOLDER       where files of drivers are kept (default: in memory, for this run)\n"
    "      --trace T.json       Chrome trace of the run, opens in the Perfetto UI\n"
    "  -q, --quiet              only errors\n"
    "  -h, --help               this text\n"
    "\n"
    "Exit status: 0 done and clean; 1 a finding, audio that differs, an under-run; 2 usage;\n"
    "3 an input or driver that cannot be read; 4 machine or sound card not available; 5 output cannot be written;\n"
    "6 not in time since the host stalled: run it again; 70 internal error; 130, 143 interrupted.\n";

static const char play[] =
    "usage: portside play FILE [OPTION]...\n"
    "\n"
    "Plays FILE (WAV, FLAC, AIFF, Ogg) through the driver. What the device fetched is compared with the\n"
    "file's samples and written to the output.\n"
    "\n"
    "  -o, --output OUT.wav|alsa[:PCM]|null  where to (default FILE's name with .out.wav, in this folder)\n"
    "                             alsa: a sound card, in real time\n"
    "      --convert              convert a format that the driver does not take\n"
    "      --client CLIENT        who feeds the pin (default queued, or rt on WaveRT):\n"
    "                               queued     several packets in flight (WavePci, WaveCyclic)\n"
    "                               looped     one cyclic buffer (WavePci, WaveCyclic)\n"
    "                               rt         the miniport's buffer, by a timer (WaveRT)\n"
    "                               rt-event   the same, by two notifications a lap\n"
    "                               rt-packet  the same, in numbered packets\n"
    "      --buffer BYTES|Nms     the client's buffer, or all its packets (default 120ms, queued 30ms)\n"
    "      --late N:MS            the N-th write after the start comes MS ms late\n"
    "      --set volume=-6dB      set the endpoint's volume first, through its topology filter (-inf: silence)\n"
    "      --set mute=on|off      or its mute\n"
    "      --keep-controls        with --registry: what is set stays so, from run to run\n"
    "and the common options of portside --help.\n"
    "\n"
    "example: portside play song.flac -o out.wav --memory fragmented --seed 7\n"
    "         portside play song.wav --machine qemu --driver hda -o out.wav\n"
    "         portside play song.wav -o alsa\n";

static const char record[] =
    "usage: portside record OUT.wav --input SRC.wav|silence|alsa[:PCM] [OPTION]...\n"
    "\n"
    "Records through the driver what the device hears from SRC.wav.\n"
    "\n"
    "      --input SRC.wav|silence|alsa[:PCM]  what the device hears; alsa: a sound card, in real time\n"
    "      --seconds N              how long (default: the input's length; silence: 1; alsa needs it)\n"
    "      --client, --buffer, --late  as for play; there is no looped client\n"
    "and the common options of portside --help.\n"
    "\n"
    "example: portside record take.wav --input song.wav --seconds 5\n";

static const char cc[] =
    "usage: portside cc [OPTION]... -o OUT.so SOURCE...\n"
    "\n"
    "Compiles a Windows driver's source, as it is, to a driver that play and verify load. C and C++ of Microsoft's\n"
    "dialect need clang; gcc takes clean code.\n"
    "\n"
    "  -o, --output OUT.so      the driver\n"
    "      --asan               with the address sanitizer; play and verify load its run time\n"
    "      --compiler NAME      clang or gcc, or a name with one of them in it (default clang, else gcc)\n"
    "      --target so          what to make (default so)\n"
    "  -I -D -U -include -O -g -f -W -std=   are passed on to the compiler\n"
    "  -q, --quiet              no notes\n"
    "\n"
    "Headers of include/wdk come by themselves. .rc, .inf, .def and header files are left out. See docs/cc.md.\n"
    "\n"
    "example: portside cc -o mydriver.so -I inc -DUNICODE *.cpp\n";

static const char explain[] =
    "usage: portside explain RULE\n"
    "\n"
    "Prints a rule of the contract or of the verifier, as findings name it: its text and source pages, Windows'\n"
    "bug check, what verify does about it, a test that shows it, and the faulty driver of the zoo that breaks it.\n"
    "\n"
    "example: portside explain WP-45\n";

static const char verify[] =
    "usage: portside verify DRIVER [OPTION]...\n"
    "\n"
    "Runs the driver through many schedules of scenarios, with every cancellation and every allocation that\n"
    "fails. Each finding names the rule, who broke it, where, and a token that brings it back.\n"
    "\n"
    "      --scenario NAME|./FILE   this one only; may be given several times (default: all that fit)\n"
    "      --list                   the scenarios, and why one is not run\n"
    "      --schedules N            how many in all; every point of every sweep is run anyway (default 10000).\n"
    "                               1: each scenario once, round-robin, no sweep, nothing made to fail\n"
    "      --time S                 end after S seconds and say what was covered\n"
    "      --replay TOKEN|@FILE     the one schedule of a token; --trace works with it\n"
    "      --gdb                    with --replay: in gdb, which stops at the finding\n"
    "      --guard                  pool blocks end at inaccessible pages: an overrun or a use after free is\n"
    "                               found at the access, not later; slower. --replay does so anyway\n"
    "      --jobs J                 worker processes (default: one for each processor)\n"
    "      --shard K/N              part K of N, for several machines\n"
    "      --rule ID=MODE           stop (ends the schedule), report (goes on), remark (the same,\n"
    "                               but exit 0) or off\n"
    "      --baseline F             fail on findings only that F does not know\n"
    "      --write-baseline F       keep this run's findings in F\n"
    "      --junit F                a report for CI servers, one case for each scenario\n"
    "With --machine qemu each scenario is run once; where time is real, no finding has a token.\n"
    "and the common options of portside --help. portside.toml beside the driver is read, too.\n"
    "\n"
    "example: portside verify ./mydriver.so --schedules 20000 --junit verify.xml\n";

static const char inspect[] =
    "usage: portside inspect DRIVER [OPTION]...\n"
    "\n"
    "Starts the driver (a built-in name or the path of a .so) and prints what it offers: filters with their pins,\n"
    "formats, nodes, properties, connections, the endpoints that they make and the lines that a mixer reads. Volume,\n"
    "mute and ranges are asked of it; what is odd though nothing forbids it is remarked, with its rule.\n"
    "\n"
    "      --dot      a drawing for graphviz instead\n"
    "and the common options of portside --help.\n"
    "\n"
    "example: portside inspect ./mydriver.so --dot | dot -Tpng -o mydriver.png\n";

static const struct {
    const char *name, *text;
} texts[] = {{"cc", cc}, {"explain", explain}, {"inspect", inspect}, 
             {"play", play}, {"record", record}, {"verify", verify}};

void help_print(const char *command)
{
    for (size_t i = 0; command && i < sizeof(texts) / sizeof(*texts); i++)
        if (!strcmp(texts[i].name, command)) {
            fputs(texts[i].text, stdout);
            return;
        }
    fputs(overview, stdout);
}
