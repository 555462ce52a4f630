// RapidJSON (Debian's rapidjson-dev) behind a C interface: a document as a flat list of its values, and a writer.
#ifndef CJSON_H
#define CJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// What a value is.
typedef enum cjson_kind {
    CJSON_NULL __attribute__((swift_name("null"))),
    CJSON_BOOLEAN __attribute__((swift_name("boolean"))),
    /// A whole number, in `integer`.
    CJSON_INTEGER __attribute__((swift_name("integer"))),
    /// A whole number above INT64_MAX, in `unsigned_integer`.
    CJSON_UNSIGNED __attribute__((swift_name("unsigned"))),
    CJSON_DOUBLE __attribute__((swift_name("double"))),
    CJSON_STRING __attribute__((swift_name("string"))),
    CJSON_ARRAY __attribute__((swift_name("array"))),
    CJSON_OBJECT __attribute__((swift_name("object"))),
} __attribute__((enum_extensibility(closed))) cjson_kind;

/// One value of a document.
///
/// The elements of an array follow it, each with all that is in it; so do the members of an object, of each
/// its name, a string, and then its value.
typedef struct cjson_value {
    cjson_kind kind;
    /// Of CJSON_BOOLEAN.
    bool boolean;
    union {
        int64_t integer;
        uint64_t unsigned_integer;
        double number;
        /// Of CJSON_STRING its bytes, of CJSON_ARRAY its elements, of CJSON_OBJECT its members.
        size_t count;
    };
    /// Of CJSON_STRING: UTF-8, not terminated, valid as long as the document.
    const char *_Nullable text;
} cjson_value;

typedef struct cjson_document cjson_document;

/// Parses a text, which is not terminated; NULL only for want of memory. To be freed with cjson_free.
cjson_document *_Nullable cjson_parse(const char *_Nullable text, size_t size, size_t maximum_depth);

/// Whether reading stopped at the first value that was nested deeper than allowed.
bool cjson_is_too_deep(const cjson_document *document);

/// Why the text is no JSON, and the byte where, from 0; NULL if it is.
const char *_Nullable cjson_error(const cjson_document *document, size_t *offset);

/// The values, the document's own first; none after an error.
const cjson_value *_Nullable cjson_values(const cjson_document *document);

/// Frees a document and all its texts.
void cjson_free(cjson_document *_Nullable document);

typedef struct cjson_writer cjson_writer;

/// A writer without any text; NULL only for want of memory. To be freed with cjson_writer_free.
cjson_writer *_Nullable cjson_writer_new(void);

// Each appends to the text; what is called in an order that makes no document is the caller's mistake.
void cjson_write_null(cjson_writer *writer);
void cjson_write_boolean(cjson_writer *writer, bool value);
void cjson_write_integer(cjson_writer *writer, int64_t value);
void cjson_write_unsigned(cjson_writer *writer, uint64_t value);
/// False, and nothing is written, for a number that is not finite.
bool cjson_write_double(cjson_writer *writer, double value);
/// UTF-8.
void cjson_write_string(cjson_writer *writer, const char *_Nullable text, size_t size);
/// The name of a member, before its value.
void cjson_write_name(cjson_writer *writer, const char *_Nullable text, size_t size);
void cjson_begin_array(cjson_writer *writer);
void cjson_end_array(cjson_writer *writer);
void cjson_begin_object(cjson_writer *writer);
void cjson_end_object(cjson_writer *writer);

/// What was written, valid until the next call.
const char *cjson_text(cjson_writer *writer, size_t *size);

/// Frees a writer and its text.
void cjson_writer_free(cjson_writer *_Nullable writer);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
