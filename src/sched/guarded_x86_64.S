// SPDX-License-Identifier: MIT
//
// The one instruction of ours that may fault: the trap handler finds it by its address and goes on behind it.
    .text

// bool guarded_copy(void *to, const void *from, size_t bytes)
    .globl guarded_copy
    .hidden guarded_copy
    .type guarded_copy, @function
    .p2align 4
guarded_copy:
    .cfi_startproc
    endbr64
    movq %rdx, %rcx
    .globl guarded_copy_access
    .hidden guarded_copy_access
guarded_copy_access:
    rep movsb
    movl $1, %eax
    ret
    .globl guarded_copy_fault
    .hidden guarded_copy_fault
guarded_copy_fault:
    xorl %eax, %eax
    ret
    .cfi_endproc
    .size guarded_copy, . - guarded_copy

    .section .note.GNU-stack, "", @progbits
