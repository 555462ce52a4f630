#include "ctoml.h"

#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 0
// Parser and destructor recurse, and threads of the pool have small stacks.
#define TOML_MAX_NESTED_VALUES 32
// The library asserts some things about its input that are for the input to break, "[!]" for one, before it looks
// itself and finds the error. Without NDEBUG that ends the program, with it the second look is assumed away.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
// Debian's package libtomlplusplus-dev; the header is taken as it is.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <toml++/toml.h>
#pragma clang diagnostic pop

namespace {

constexpr int max_dotted_keys = 32;

// The library bounds how deep values are nested, but not how many parts a dotted key has, each a table in the last.
// Returns the line of a key with too many, or 0. Text in quotes and comments is passed over.
uint32_t line_of_too_long_key(std::string_view text) {
    uint32_t line = 1;
    int dots = 0;
    char quote = 0;
    bool comment = false;
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == '\n') {
            line++;
            comment = false;
            dots = 0;
        } else if (comment) {
            continue;
        } else if (quote != 0) {
            if (c == '\\' && quote == '"') {
                i++;
            } else if (c == quote) {
                quote = 0;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            comment = true;
        } else if (c == '.') {
            if (++dots > max_dotted_keys) {
                return line;
            }
        } else if (c == '=' || c == ',' || c == '{' || c == '[') {
            dots = 0;
        }
    }
    return 0;
}

}  // namespace

struct ctoml_document {
    explicit ctoml_document(std::string_view text) : error_line(line_of_too_long_key(text)) {
        if (error_line != 0) {
            message = "key has more than " + std::to_string(max_dotted_keys) + " parts";
            return;
        }
        result.emplace(toml::parse(text));
        if (*result) {
            add(result->table(), 1);
        } else {
            error_line = result->error().source().begin.line;
            message = result->error().description();
        }
    }

    void add(const toml::table &table, uint32_t depth) {
        for (auto &&[key, node] : table) {
            ctoml_entry entry = {};
            entry.depth = depth;
            entry.line = key.source().begin.line;
            entry.key = key.data();
            entry.key_size = key.length();
            entry.string = "";
            switch (node.type()) {
            case toml::node_type::table:
                entry.kind = CTOML_TABLE;
                break;
            case toml::node_type::string: {
                const std::string &text = node.as_string()->get();
                entry.kind = CTOML_STRING;
                entry.string = text.data();
                entry.string_size = text.size();
                break;
            }
            case toml::node_type::integer:
                entry.kind = CTOML_INTEGER;
                entry.integer = node.as_integer()->get();
                break;
            case toml::node_type::boolean:
                entry.kind = CTOML_BOOLEAN;
                entry.boolean = node.as_boolean()->get();
                break;
            case toml::node_type::floating_point:
                entry.kind = CTOML_FLOAT;
                break;
            case toml::node_type::array:
                entry.kind = CTOML_ARRAY;
                break;
            default:
                entry.kind = CTOML_DATE;
                break;
            }
            entries.push_back(entry);
            if (const toml::table *inner = node.as_table()) {
                add(*inner, depth + 1);
            }
        }
    }

    // 0 when there is no error.
    uint32_t error_line;
    std::optional<toml::parse_result> result;
    std::vector<ctoml_entry> entries;
    std::string message;
};

ctoml_document *ctoml_parse(const char *text, size_t size) {
    return new (std::nothrow) ctoml_document(std::string_view(text, size));
}

const char *ctoml_error(const ctoml_document *document, uint32_t *line) {
    if (document->error_line == 0) {
        return nullptr;
    }
    *line = document->error_line;
    return document->message.c_str();
}

size_t ctoml_count(const ctoml_document *document) { return document->entries.size(); }

const ctoml_entry *ctoml_at(const ctoml_document *document, size_t index) { return &document->entries[index]; }

void ctoml_free(ctoml_document *document) { delete document; }
