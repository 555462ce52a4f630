// A whole program, as an ELF file: the init process of a pod whose root container has no image. It lets its children
// go without being waited for, orphans of the pod's other containers among them, and sleeps for ever.

    .section .rodata
    .balign 16
    .globl csys_pause_begin
    .globl csys_pause_end
csys_pause_begin:
    // The ELF header: 64 bits, little endian, an executable at a fixed address, one program header.
    .byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0
    .quad 0
#if defined(__x86_64__)
    .short 2, 62
#elif defined(__aarch64__)
    .short 2, 183
#else
#error "no pause program for this processor"
#endif
    .long 1
    .quad 0x400000 + (entry - csys_pause_begin)
    .quad 64, 0
    .long 0
    .short 64, 56, 1, 0, 0, 0
    // The program header: all of the file, to be read and executed.
    .long 1, 5
    .quad 0, 0x400000, 0x400000
    .quad csys_pause_end - csys_pause_begin, csys_pause_end - csys_pause_begin
    .quad 0x1000
entry:
#if defined(__x86_64__)
    xorl %eax, %eax         // struct sigaction: mask, restorer, flags, handler SIG_IGN
    pushq %rax
    pushq %rax
    pushq %rax
    pushq $1
    movl $17, %edi          // SIGCHLD
    movq %rsp, %rsi
    xorl %edx, %edx
    movl $8, %r10d
    movl $13, %eax          // rt_sigaction
    syscall
0:  movl $34, %eax          // pause
    syscall
    jmp 0b
#elif defined(__aarch64__)
    mov x9, #1
    sub sp, sp, #32         // struct sigaction: handler SIG_IGN, flags, restorer, mask
    stp x9, xzr, [sp]
    stp xzr, xzr, [sp, #16]
    mov x0, #17             // SIGCHLD
    mov x1, sp
    mov x2, #0
    mov x3, #8
    mov x8, #134            // rt_sigaction
    svc #0
0:  mov x0, #0
    mov x1, #0
    mov x2, #0
    mov x3, #0
    mov x8, #73             // ppoll of nothing
    svc #0
    b 0b
#endif
csys_pause_end:

    .section .note.GNU-stack, "", %progbits
