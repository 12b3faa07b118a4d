// SPDX-License-Identifier: MIT
//
// Keeps and brings back what Windows' calling convention has a function preserve: rbx, rbp, rdi, rsi, r12-r15,
// xmm6-xmm15, with the stack pointer and the return address of nt_seh_enter.
    .text

// int nt_seh_enter(struct wdk_try *Try), ms_abi: 0, and the code of a raise later.
    .globl nt_seh_enter
    .type nt_seh_enter, @function
    .p2align 4
nt_seh_enter:
    .cfi_startproc
    endbr64
    movq (%rsp), %rax
    leaq 8(%rsp), %rdx
    movq %rbx, 16(%rcx)
    movq %rbp, 24(%rcx)
    movq %rdi, 32(%rcx)
    movq %rsi, 40(%rcx)
    movq %r12, 48(%rcx)
    movq %r13, 56(%rcx)
    movq %r14, 64(%rcx)
    movq %r15, 72(%rcx)
    movq %rdx, 80(%rcx)
    movq %rax, 88(%rcx)
    movups %xmm6, 96(%rcx)
    movups %xmm7, 112(%rcx)
    movups %xmm8, 128(%rcx)
    movups %xmm9, 144(%rcx)
    movups %xmm10, 160(%rcx)
    movups %xmm11, 176(%rcx)
    movups %xmm12, 192(%rcx)
    movups %xmm13, 208(%rcx)
    movups %xmm14, 224(%rcx)
    movups %xmm15, 240(%rcx)
    xorl %eax, %eax
    ret
    .cfi_endproc
    .size nt_seh_enter, . - nt_seh_enter

// void handler_resume(uint64_t *registers, int32_t code)
    .globl handler_resume
    .hidden handler_resume
    .type handler_resume, @function
    .p2align 4
handler_resume:
    .cfi_startproc
    endbr64
    movq %rdi, %rcx
    movl %esi, %eax
    movq (%rcx), %rbx
    movq 8(%rcx), %rbp
    movq 16(%rcx), %rdi
    movq 24(%rcx), %rsi
    movq 32(%rcx), %r12
    movq 40(%rcx), %r13
    movq 48(%rcx), %r14
    movq 56(%rcx), %r15
    movups 80(%rcx), %xmm6
    movups 96(%rcx), %xmm7
    movups 112(%rcx), %xmm8
    movups 128(%rcx), %xmm9
    movups 144(%rcx), %xmm10
    movups 160(%rcx), %xmm11
    movups 176(%rcx), %xmm12
    movups 192(%rcx), %xmm13
    movups 208(%rcx), %xmm14
    movups 224(%rcx), %xmm15
    movq 64(%rcx), %rsp
    jmp *72(%rcx)
    .cfi_endproc
    .size handler_resume, . - handler_resume
    .section .note.GNU-stack, "", @progbits
