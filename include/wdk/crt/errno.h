/* SPDX-License-Identifier: MIT */
/* Error numbers of the checking C run-time functions; see detail/crtmore.h. */
#ifndef PORTSIDE_WDK_CRT_ERRNO_H
#define PORTSIDE_WDK_CRT_ERRNO_H

#include "../detail/crt.h"

#ifndef EPERM
#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define EBADF 9
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define ENOSPC 28
#define EDOM 33
#define ENOSYS 40
#endif

#endif
