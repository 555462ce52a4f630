// toml++ (Debian's libtomlplusplus-dev) behind a C interface: a document as a flat list of its entries.
#ifndef CTOML_H
#define CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// What an entry holds.
typedef enum ctoml_kind {
    CTOML_TABLE __attribute__((swift_name("table"))),
    CTOML_STRING __attribute__((swift_name("string"))),
    CTOML_INTEGER __attribute__((swift_name("integer"))),
    CTOML_BOOLEAN __attribute__((swift_name("boolean"))),
    CTOML_FLOAT __attribute__((swift_name("float"))),
    CTOML_DATE __attribute__((swift_name("date"))),
    CTOML_ARRAY __attribute__((swift_name("array"))),
} __attribute__((enum_extensibility(closed))) ctoml_kind;

/// One key of a document; texts are not terminated, and valid as long as the document.
typedef struct ctoml_entry {
    /// 1 for a key of the document itself; the entries of a table follow it, one deeper.
    uint32_t depth;
    /// The line of the key, from 1.
    uint32_t line;
    ctoml_kind kind;
    /// Of CTOML_BOOLEAN.
    bool boolean;
    /// Of CTOML_INTEGER.
    int64_t integer;
    const char *key;
    size_t key_size;
    /// Of CTOML_STRING, otherwise empty.
    const char *string;
    size_t string_size;
} ctoml_entry;

typedef struct ctoml_document ctoml_document;

/// Parses a text, which is not terminated; NULL only for want of memory. To be freed with ctoml_free.
ctoml_document *_Nullable ctoml_parse(const char *text, size_t size);

/// Why the text is no TOML, and the line where; NULL if it is.
const char *_Nullable ctoml_error(const ctoml_document *document, uint32_t *line);

/// The number of entries, 0 after an error.
size_t ctoml_count(const ctoml_document *document);

/// The entry at an index below the count.
const ctoml_entry *ctoml_at(const ctoml_document *document, size_t index);

/// Frees a document and all its texts.
void ctoml_free(ctoml_document *_Nullable document);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
