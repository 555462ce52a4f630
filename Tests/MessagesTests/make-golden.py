#!/usr/bin/env python3
"""Writes Golden/<full name>.bin: every message of Proto/ as Python's protobuf encodes it.

Needs protoc and the PyPI package protobuf (6 or later). Every field of every message is set, by the rule in
`value`; the same values stand as Swift literals in Specimens*.swift. Run it after a change in Proto/.
"""

import pathlib
import subprocess
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parents[1] / "Proto"


def load():
    """Compiles Proto/ and returns its files and a pool that knows nothing else."""
    inputs = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as compiled:
        subprocess.run(
            ["protoc", "-I.", "--include_imports", f"--descriptor_set_out={compiled.name}", *inputs],
            cwd=PROTO, check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(compiled.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return files, pool


def value(field):
    """The value of one scalar field: distinct by field, and awkward for its type."""
    types = type(field)
    match field.type:
        case types.TYPE_STRING:
            return field.name + " \u00e9"
        case types.TYPE_BYTES:
            return b"\x00\xff" + field.name.encode()
        case types.TYPE_BOOL:
            return True
        case types.TYPE_UINT32:
            return 2**32 - field.number
        case types.TYPE_UINT64:
            return 2**64 - field.number
        case types.TYPE_INT32:
            return -field.number
        case types.TYPE_INT64:
            return -(2**40) - field.number
        case types.TYPE_DOUBLE:
            return field.number + 0.5
        case types.TYPE_ENUM:
            return field.enum_type.values[-1].number
    raise NotImplementedError(field.full_name)


def fill(message):
    """Sets every field; a list of messages gets a full and an empty one."""
    types = message.DESCRIPTOR.fields[0] if message.DESCRIPTOR.fields else None
    for field in message.DESCRIPTOR.fields:
        repeated = field.is_repeated
        if field.message_type and field.message_type.GetOptions().map_entry:
            getattr(message, field.name).update({"b": "\u00e9", "a": "1"})
        elif field.message_type and repeated:
            fill(getattr(message, field.name).add())
            getattr(message, field.name).add()
        elif field.message_type:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name))
        elif repeated and field.type == types.TYPE_STRING:
            getattr(message, field.name).extend([value(field), "", "b"])
        elif repeated:
            getattr(message, field.name).extend([value(field), 0, 1])
        else:
            setattr(message, field.name, value(field))


def main():
    files, pool = load()
    golden = HERE / "Golden"
    golden.mkdir(exist_ok=True)
    for old in golden.glob("*.bin"):
        old.unlink()
    for file in files.file:
        for name in (f"{file.package}.{message.name}" for message in file.message_type):
            message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
            fill(message)
            (golden / f"{name}.bin").write_bytes(message.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
