#include "cjson.h"

#include <new>
#include <string>
#include <vector>

// Debian's package rapidjson-dev; the headers are taken as they are.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#pragma clang diagnostic pop

namespace {

// Takes what the reader finds; an answer of false ends the reading. Strings stay where they are, in the reader's text.
class Values {
public:
    explicit Values(size_t maximum_depth) : maximum_depth(maximum_depth) {}

    bool Null() { return add(CJSON_NULL); }
    bool Bool(bool value) {
        add(CJSON_BOOLEAN);
        found.back().boolean = value;
        return true;
    }
    bool Int(int value) { return Int64(value); }
    bool Uint(unsigned value) { return Int64(value); }
    bool Int64(int64_t value) {
        add(CJSON_INTEGER);
        found.back().integer = value;
        return true;
    }
    bool Uint64(uint64_t value) {
        if (value <= INT64_MAX) {
            return Int64(static_cast<int64_t>(value));
        }
        add(CJSON_UNSIGNED);
        found.back().unsigned_integer = value;
        return true;
    }
    bool Double(double value) {
        add(CJSON_DOUBLE);
        found.back().number = value;
        return true;
    }
    // For a flag of the reader that is not used.
    bool RawNumber(const char *, rapidjson::SizeType, bool) { return false; }
    bool String(const char *text, rapidjson::SizeType size, bool) {
        add(CJSON_STRING);
        found.back().text = text;
        found.back().count = size;
        return true;
    }
    bool Key(const char *text, rapidjson::SizeType size, bool copy) { return String(text, size, copy); }
    bool StartArray() { return begin(CJSON_ARRAY); }
    bool StartObject() { return begin(CJSON_OBJECT); }
    bool EndArray(rapidjson::SizeType count) { return end(count); }
    bool EndObject(rapidjson::SizeType count) { return end(count); }

    bool too_deep = false;
    std::vector<cjson_value> found;

private:
    bool add(cjson_kind kind) {
        cjson_value value = {};
        value.kind = kind;
        found.push_back(value);
        return true;
    }

    bool begin(cjson_kind kind) {
        if (open.size() >= maximum_depth) {
            too_deep = true;
            return false;
        }
        open.push_back(found.size());
        return add(kind);
    }

    bool end(size_t count) {
        found[open.back()].count = count;
        open.pop_back();
        return true;
    }

    const size_t maximum_depth;
    // Where the arrays and objects are that have not ended.
    std::vector<size_t> open;
};

// Not recursive: how deep a document may be is a matter of the caller's, not of the thread's stack.
constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                           rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;

// The reader takes all bytes of a character before it looks whether they are one, also behind the end of the text.
constexpr size_t padding = 4;

}  // namespace

struct cjson_document {
    cjson_document(const char *source, size_t size, size_t maximum_depth) : values(maximum_depth) {
        text.reserve(size + padding);
        text.append(source, size).append(padding, 0);
        rapidjson::InsituStringStream stream(text.data());
        rapidjson::Reader reader;
        result = reader.Parse<flags>(stream, values);
        // The reader takes the first zero for the end.
        if (!result.IsError() && stream.Tell() < size) {
            result.Set(rapidjson::kParseErrorDocumentRootNotSingular, stream.Tell());
        }
    }

    // Strings are unescaped in here.
    std::string text;
    Values values;
    rapidjson::ParseResult result;
};

cjson_document *cjson_parse(const char *text, size_t size, size_t maximum_depth) {
    return new (std::nothrow) cjson_document(text == nullptr ? "" : text, size, maximum_depth);
}

bool cjson_is_too_deep(const cjson_document *document) { return document->values.too_deep; }

const char *cjson_error(const cjson_document *document, size_t *offset) {
    if (!document->result.IsError()) {
        return nullptr;
    }
    *offset = document->result.Offset();
    return rapidjson::GetParseError_En(document->result.Code());
}

const cjson_value *cjson_values(const cjson_document *document) {
    return document->result.IsError() ? nullptr : document->values.found.data();
}

void cjson_free(cjson_document *document) { delete document; }

struct cjson_writer {
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer{text};
};

cjson_writer *cjson_writer_new(void) { return new (std::nothrow) cjson_writer; }

void cjson_write_null(cjson_writer *writer) { writer->writer.Null(); }

void cjson_write_boolean(cjson_writer *writer, bool value) { writer->writer.Bool(value); }

void cjson_write_integer(cjson_writer *writer, int64_t value) { writer->writer.Int64(value); }

void cjson_write_unsigned(cjson_writer *writer, uint64_t value) { writer->writer.Uint64(value); }

bool cjson_write_double(cjson_writer *writer, double value) { return writer->writer.Double(value); }

void cjson_write_string(cjson_writer *writer, const char *text, size_t size) {
    writer->writer.String(text == nullptr ? "" : text, static_cast<rapidjson::SizeType>(size));
}

void cjson_write_name(cjson_writer *writer, const char *text, size_t size) {
    writer->writer.Key(text == nullptr ? "" : text, static_cast<rapidjson::SizeType>(size));
}

void cjson_begin_array(cjson_writer *writer) { writer->writer.StartArray(); }

void cjson_end_array(cjson_writer *writer) { writer->writer.EndArray(); }

void cjson_begin_object(cjson_writer *writer) { writer->writer.StartObject(); }

void cjson_end_object(cjson_writer *writer) { writer->writer.EndObject(); }

const char *cjson_text(cjson_writer *writer, size_t *size) {
    *size = writer->text.GetSize();
    return writer->text.GetString();
}

void cjson_writer_free(cjson_writer *writer) { delete writer; }
