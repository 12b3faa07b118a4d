// SPDX-License-Identifier: MIT
//
// Circular doubly linked lists through a link inside the object. A head is a link that points to itself
// when the list is empty. Nobody but the list's owner locks.
#ifndef PORTSIDE_BASE_LIST_H
#define PORTSIDE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

#define LIST_OBJECT(link, type, member) ((type *)((char *)(link) - offsetof(type, member)))
#define LIST_EACH(link, head) for (struct list *link = (head)->next; link != (head); link = link->next)
// Safe if the loop body removes `link`.
#define LIST_EACH_SAFE(link, head)                                                                     \
    for (struct list *link = (head)->next, *link##_next = link->next; link != (head);                  \
         link = link##_next, link##_next = link->next)

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_insert_after(struct list *place, struct list *link)
{
    link->prev = place;
    link->next = place->next;
    place->next->prev = link;
    place->next = link;
}

static inline void list_push_front(struct list *head, struct list *link)
{
    list_insert_after(head, link);
}

static inline void list_push_back(struct list *head, struct list *link)
{
    list_insert_after(head->prev, link);
}

// Leaves the link pointing to itself, so a second removal is harmless.
static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

static inline struct list *list_pop_front(struct list *head)
{
    struct list *link = head->next;

    if (link == head)
        return NULL;
    list_remove(link);
    return link;
}

#endif
