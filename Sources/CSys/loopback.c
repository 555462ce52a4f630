// A listener for all ports of 127.0.0.1 in a network namespace: a program of the kernel's socket look-up (BPF_PROG_TYPE_SK_LOOKUP,
// Linux 5.9) leads every connection there to one socket, which sees the port that was meant as its own.
#define _GNU_SOURCE
#include "csys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attributes) {
    int result = (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
    return result < 0 ? -errno : result;
}

#define INSTRUCTION(operation, to, from, offset, value) \
    {.code = (operation), .dst_reg = (to), .src_reg = (from), .off = (offset), .imm = (int32_t)(value)}
#define LOAD(to, field) INSTRUCTION(BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_6, offsetof(struct bpf_sk_lookup, field), 0)
#define MOVE(to, from) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define SET(to, value) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define CALL(function) INSTRUCTION(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define SKIP_UNLESS_EQUAL(reg, value, count) INSTRUCTION(BPF_JMP | BPF_JNE | BPF_K, reg, 0, count, value)

static int load_program(int map) {
    const uint32_t loopback = htonl(INADDR_LOOPBACK);
    const struct bpf_insn instructions[] = {
        MOVE(BPF_REG_6, BPF_REG_1),
        LOAD(BPF_REG_2, family),
        SKIP_UNLESS_EQUAL(BPF_REG_2, AF_INET, 20),
        LOAD(BPF_REG_2, protocol),
        SKIP_UNLESS_EQUAL(BPF_REG_2, IPPROTO_TCP, 18),
        LOAD(BPF_REG_2, local_ip4),
        SKIP_UNLESS_EQUAL(BPF_REG_2, loopback, 16),
        // What an interface brings may name the address too, but cannot be answered at it.
        LOAD(BPF_REG_2, remote_ip4),
        SKIP_UNLESS_EQUAL(BPF_REG_2, loopback, 14),
        INSTRUCTION(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),  // key 0
        MOVE(BPF_REG_2, BPF_REG_10),
        INSTRUCTION(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
        INSTRUCTION(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map), {0},
        CALL(BPF_FUNC_map_lookup_elem),
        INSTRUCTION(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 7, 0),  // the listener is gone
        MOVE(BPF_REG_7, BPF_REG_0),
        MOVE(BPF_REG_1, BPF_REG_6),
        MOVE(BPF_REG_2, BPF_REG_0),
        SET(BPF_REG_3, 0),
        CALL(BPF_FUNC_sk_assign),
        MOVE(BPF_REG_1, BPF_REG_7),
        CALL(BPF_FUNC_sk_release),
        SET(BPF_REG_0, SK_PASS),
        INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_SK_LOOKUP, .expected_attach_type = BPF_SK_LOOKUP, .insns = (uintptr_t)instructions,
        .insn_cnt = sizeof instructions / sizeof instructions[0], .license = (uintptr_t)"Apache-2.0"};
    return bpf(BPF_PROG_LOAD, &attributes);
}

int csys_steer_loopback(int namespace_fd, int listener) {
    union bpf_attr attributes = {
        .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = sizeof(uint32_t), .value_size = sizeof(uint64_t), .max_entries = 1};
    int map = bpf(BPF_MAP_CREATE, &attributes);
    if (map < 0) return map;
    uint32_t key = 0;
    uint64_t value = (uint64_t)listener;
    union bpf_attr update = {.map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)&value};
    int result = bpf(BPF_MAP_UPDATE_ELEM, &update);
    if (result == 0) result = load_program(map);
    // The program holds the map, and the link the program.
    close(map);
    if (result < 0) return result;
    int program = result;
    union bpf_attr link = {.link_create = {
        .prog_fd = (uint32_t)program, .target_fd = (uint32_t)namespace_fd, .attach_type = BPF_SK_LOOKUP}};
    result = bpf(BPF_LINK_CREATE, &link);
    close(program);
    return result;
}

int csys_local_port(int socket) {
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &length) != 0) return -errno;
    return ntohs(address.sin_port);
}
