/* SPDX-License-Identifier: MIT */
/* Addresses of sockets. */
#ifndef PORTSIDE_WDK_SOCKET_H
#define PORTSIDE_WDK_SOCKET_H

#include "../wdm.h"

typedef USHORT ADDRESS_FAMILY;
#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 23

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3

typedef enum { IPPROTO_IP = 0, IPPROTO_ICMP = 1, IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_IPV6 = 41 } IPPROTO;

#define INADDR_ANY ((ULONG)0)
#define INADDR_LOOPBACK 0x7F000001
#define INADDR_BROADCAST ((ULONG)0xFFFFFFFF)

#define SOL_SOCKET 0xFFFF
#define SO_REUSEADDR 0x0004
#define SO_BROADCAST 0x0020
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IP_ADD_MEMBERSHIP 12
#define IP_DROP_MEMBERSHIP 13

/* Network byte order. */
typedef struct in_addr {
    union {
        struct {
            UCHAR s_b1, s_b2, s_b3, s_b4;
        } S_un_b;
        struct {
            USHORT s_w1, s_w2;
        } S_un_w;
        ULONG S_addr;
    } S_un;
} IN_ADDR, *PIN_ADDR;
#define s_addr S_un.S_addr

typedef struct in6_addr {
    union {
        UCHAR Byte[16];
        USHORT Word[8];
    } u;
} IN6_ADDR, *PIN6_ADDR;

typedef struct sockaddr {
    ADDRESS_FAMILY sa_family;
    CHAR sa_data[14];
} SOCKADDR, *PSOCKADDR;

typedef struct sockaddr_in {
    ADDRESS_FAMILY sin_family;
    USHORT sin_port; /* network byte order */
    IN_ADDR sin_addr;
    CHAR sin_zero[8];
} SOCKADDR_IN, *PSOCKADDR_IN;

typedef struct sockaddr_in6 {
    ADDRESS_FAMILY sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    IN6_ADDR sin6_addr;
    ULONG sin6_scope_id;
} SOCKADDR_IN6, *PSOCKADDR_IN6;

/* Room for an address of any family. */
typedef struct sockaddr_storage {
    ADDRESS_FAMILY ss_family;
    CHAR ss_pad1[6];
    LONGLONG ss_align;
    CHAR ss_pad2[112];
} SOCKADDR_STORAGE, *PSOCKADDR_STORAGE;

typedef struct cmsghdr {
    SIZE_T cmsg_len;
    INT cmsg_level;
    INT cmsg_type;
} CMSGHDR, *PCMSGHDR;

#ifdef UNICODE
#define RtlIpv4StringToAddress RtlIpv4StringToAddressW
#else
#define RtlIpv4StringToAddress RtlIpv4StringToAddressA
#endif
#ifndef ntohs
#define htons(x) RtlUshortByteSwap((USHORT)(x))
#define ntohs(x) RtlUshortByteSwap((USHORT)(x))
#define htonl(x) RtlUlongByteSwap((ULONG)(x))
#define ntohl(x) RtlUlongByteSwap((ULONG)(x))
#endif

#endif
