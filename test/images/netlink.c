/*
 * netlink: tries one thing by netlink(7), and prints `ok` or `errno NAME`, as attempt.c does.
 *   netlink flush TABLE CHAIN   deletes all rules of a chain of nf_tables, family ip
 *   netlink audit-off           switches the kernel's audit off
 * musl has no kernel headers: shapes and numbers are those of include/uapi/linux/{netlink,audit}.h and netfilter/.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct sockaddr_nl { uint16_t family, padding; uint32_t port, groups; };
struct nlmsghdr { uint32_t length; uint16_t type, flags; uint32_t sequence, port; };
struct nlattr { uint16_t length, type; };
struct nfgenmsg { uint8_t family, version; uint16_t resource; };
struct audit_status { uint32_t mask, enabled, rest[8]; };

enum { PROTOCOL_AUDIT = 9, PROTOCOL_NETFILTER = 12, REQUEST = 1, ACKNOWLEDGE = 4, ERROR = 2, FAMILY_IPV4 = 2 };
enum { BATCH_BEGIN = 16, BATCH_END = 17, DELETE_RULES = 10 << 8 | 8 /* NFNL_SUBSYS_NFTABLES, NFT_MSG_DELRULE */ };
enum { RULE_TABLE = 1, RULE_CHAIN = 2, AUDIT_SET = 1001, AUDIT_ENABLED = 1 };

static size_t aligned(size_t size) { return (size + 3) & ~(size_t)3; }

static char request[1024];
static size_t length;

static struct nlmsghdr *begin(unsigned type, unsigned flags, const void *head, size_t size) {
    struct nlmsghdr *header = (void *)(request + length);
    uint32_t all = (uint32_t)(sizeof *header + size);
    *header = (struct nlmsghdr){ all, (uint16_t)type, (uint16_t)(REQUEST | flags), 1, 0 };
    memcpy(header + 1, head, size);
    length += aligned(all);
    return header;
}

static void add(struct nlmsghdr *header, uint16_t type, const char *text) {
    struct nlattr *attribute = (void *)(request + length);
    *attribute = (struct nlattr){ (uint16_t)(sizeof *attribute + strlen(text) + 1), type };
    strcpy((char *)(attribute + 1), text);
    length += aligned(attribute->length);
    header->length = (uint32_t)(request + length - (char *)header);
}

/* What the kernel says to the request: 0 or an error number. */
static int answer(int protocol) {
    char said[4096];
    struct sockaddr_nl kernel = { .family = AF_NETLINK };
    int channel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (channel < 0 || sendto(channel, request, length, 0, (void *)&kernel, sizeof kernel) < 0) return errno;
    if (recv(channel, said, sizeof said, 0) < (ssize_t)(sizeof(struct nlmsghdr) + sizeof(int32_t))) return errno;
    struct nlmsghdr *header = (void *)said;
    return header->type == ERROR ? -*(int32_t *)(header + 1) : EPROTO;
}

/* A transaction, whose rule has no number: all of the chain. */
static int flush(const char *table, const char *chain) {
    struct nfgenmsg batch = { AF_UNSPEC, 0, 0x0a00 /* NFNL_SUBSYS_NFTABLES, big-endian */ };
    struct nfgenmsg family = { FAMILY_IPV4, 0, 0 };
    begin(BATCH_BEGIN, 0, &batch, sizeof batch);
    struct nlmsghdr *rules = begin(DELETE_RULES, ACKNOWLEDGE, &family, sizeof family);
    add(rules, RULE_TABLE, table);
    add(rules, RULE_CHAIN, chain);
    begin(BATCH_END, 0, &batch, sizeof batch);
    return answer(PROTOCOL_NETFILTER);
}

static int audit_off(void) {
    struct audit_status status = { .mask = AUDIT_ENABLED, .enabled = 0 };
    begin(AUDIT_SET, ACKNOWLEDGE, &status, sizeof status);
    return answer(PROTOCOL_AUDIT);
}

int main(int argc, char **argv) {
    int error;
    if (argc == 4 && strcmp(argv[1], "flush") == 0 && strlen(argv[2]) + strlen(argv[3]) < 256) error = flush(argv[2], argv[3]);
    else if (argc == 2 && strcmp(argv[1], "audit-off") == 0) error = audit_off();
    else return fprintf(stderr, "netlink flush TABLE CHAIN | audit-off\n"), 2;
    const char *name = error == EPERM ? "EPERM" : error == ENOENT ? "ENOENT" : error == ECONNREFUSED ? "ECONNREFUSED" : NULL;
    if (error == 0) puts("ok");
    else if (name != NULL) printf("errno %s\n", name);
    else printf("errno %d\n", error);
    return 0;
}
