# SPDX-License-Identifier: MIT
"""Which headers to compile so that all are known to stand alone. What a file includes before it says anything itself has
been compiled alone with it, and a header that is one #include is that other header: the rest is worth trying."""
import re

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
GUARD = re.compile(r"\s*#\s*(?:pragma once|ifndef (\w+)\s*#\s*define \1)[^\S\n]*\n")
INCLUDE = re.compile(r"""\s*#\s*include\s*(["<])([^">]+)[">]""")
END = re.compile(r"\s*(#\s*endif\s*)?")


def text(path):
    return COMMENT.sub("", path.read_text(errors="replace"))


def is_guarded(path):
    return bool(GUARD.match(text(path)))


def first_include(path, folders):
    """The file in these folders, or beside it, that a file includes before it says anything, and what follows; or None."""
    said = GUARD.sub("", text(path), count=1)
    found = INCLUDE.match(said)
    if not found:
        return None, said
    places = ([path.parent] if found[1] == '"' else []) + list(folders)
    header = next((place / found[2] for place in places if (place / found[2]).is_file()), None)
    return header and header.resolve(), said[found.end():]


def chain(path, folders):
    """What comes first in a file, what comes first in that, ..."""
    headers, header = [], first_include(path, folders)[0]
    while header:
        assert header not in headers and header != path, f"{header} is included by what it includes"
        headers.append(header)
        header = first_include(header, folders)[0]
    return headers


def real(path, folders):
    """The header that this one is another name of; else the header itself."""
    header, rest = first_include(path, folders)
    return real(header, folders) if header and END.fullmatch(rest) else path.resolve()


def worth_trying(headers, folders, sources=()):
    """The build compiles `sources` with the same options."""
    known, tried = {header for source in sources for header in chain(source, folders)}, []
    chains = {header: chain(header, folders) for header in {real(header, folders) for header in headers}}
    for header in sorted(chains, key=lambda header: (-len(chains[header]), header)):
        if header not in known or not is_guarded(header):
            tried.append(header)
            known.update(chains[header])
    return sorted(tried)
