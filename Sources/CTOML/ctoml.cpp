#include "ctoml.h"

#include <new>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// Parser and destructor recurse, and threads of the pool have small stacks.
#define TOML_MAX_NESTED_VALUES 32
#define TOML_MAX_DOTTED_KEYS_DEPTH 32
// The header is taken as it is published.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include "toml.hpp"
#pragma clang diagnostic pop

struct ctoml_document {
    explicit ctoml_document(std::string_view text) : result(toml::parse(text)) {
        if (result) {
            add(result.table(), 1);
        } else {
            message = result.error().description();
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

    toml::parse_result result;
    std::vector<ctoml_entry> entries;
    std::string message;
};

ctoml_document *ctoml_parse(const char *text, size_t size) {
    return new (std::nothrow) ctoml_document(std::string_view(text, size));
}

const char *ctoml_error(const ctoml_document *document, uint32_t *line) {
    if (document->result) {
        return nullptr;
    }
    *line = document->result.error().source().begin.line;
    return document->message.c_str();
}

size_t ctoml_count(const ctoml_document *document) { return document->entries.size(); }

const ctoml_entry *ctoml_at(const ctoml_document *document, size_t index) { return &document->entries[index]; }

void ctoml_free(ctoml_document *document) { delete document; }
