package io.jigress.dubbo.wire;

import io.jigress.dubbo.wire.HessianValue.Bean;
import io.jigress.dubbo.wire.HessianValue.Binary;
import io.jigress.dubbo.wire.HessianValue.Bool;
import io.jigress.dubbo.wire.HessianValue.ClassDefinition;
import io.jigress.dubbo.wire.HessianValue.Date;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Long64;
import io.jigress.dubbo.wire.HessianValue.Mapping;
import io.jigress.dubbo.wire.HessianValue.Null;
import io.jigress.dubbo.wire.HessianValue.Real;
import io.jigress.dubbo.wire.HessianValue.Sequence;
import io.jigress.dubbo.wire.HessianValue.Text;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads Hessian 2 as Dubbo writes it. Allocates nothing for an announced length before its bytes have arrived, and follows no reference.
final class HessianReader {
    private static final int MAX_FIELDS = 10_000;

    private final ByteBuf in;
    private final HessianLimits limits;
    private final List<HessianValue> references = new ArrayList<>();
    private final List<ClassDefinition> definitions = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private int depth;
    private int values;

    /// @param in borrowed; the reader index moves
    HessianReader(ByteBuf in, HessianLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    HessianValue read() throws MalformedHessian {
        if (++values > limits.values()) {
            throw new MalformedHessian("more than " + limits.values() + " values");
        }
        int tag = readByte();
        // The ranges of http://hessian.caucho.com/doc/hessian-serialization.html, section 5.
        if (tag <= 0x1f) {
            return new Text(text(tag));
        }
        if (tag <= 0x2f) {
            return new Binary(bytes(tag - 0x20));
        }
        if (tag >= 0x80) {
            return tag <= 0xd7 ? new Int(compactInt(tag)) : new Long64(compactLong(tag));
        }
        if (tag >= 0x60) {
            return container(tag);
        }
        return switch (tag) {
            case 'N' -> Null.NULL;
            case 'T' -> new Bool(true);
            case 'F' -> new Bool(false);
            case 'I' -> new Int(readInt());
            case 'L' -> new Long64(readLong());
            case 0x59 -> new Long64(readInt());
            case 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f -> new Long64(compactLong(tag));
            case 'D' -> new Real(Double.longBitsToDouble(readLong()));
            case 0x5b -> new Real(0);
            case 0x5c -> new Real(1);
            case 0x5d -> new Real((byte) readByte());
            case 0x5e -> new Real((short) readShort());
            case 0x5f -> new Real(0.001 * readInt());
            case 0x4a -> new Date(readLong());
            case 0x4b -> new Date(readInt() * 60_000L);
            case 0x30, 0x31, 0x32, 0x33, 'R', 'S' -> new Text(chunkedText(tag));
            case 0x34, 0x35, 0x36, 0x37, 'A', 'B' -> new Binary(chunkedBytes(tag));
            case 0x51 -> reference();
            default -> container(tag);
        };
    }

    /// A string, or null for Hessian's null.
    @Nullable String readText() throws MalformedHessian {
        return switch (read()) {
            case Text text -> text.value();
            case Null _ -> null;
            case Bool _,Int _,Long64 _,Real _,Binary _,Date _,Sequence _,Mapping _,Bean _ -> throw new MalformedHessian(
                    "a value of another type where a text was expected");
        };
    }

    // ---- containers

    private HessianValue container(int tag) throws MalformedHessian {
        if (++depth > limits.depth()) {
            throw new MalformedHessian("nested deeper than " + limits.depth());
        }
        int defining = tag;
        while (defining == 'C') {
            define();
            defining = readByte();
        }
        HessianValue value = containerBehindDefinitions(defining);
        depth--;
        return value;
    }

    private HessianValue containerBehindDefinitions(int tag) throws MalformedHessian {
        return switch (tag) {
            case 0x55 -> list(type(), -1);
            case 'V' -> list(type(), length());
            case 0x57 -> list(null, -1);
            case 0x58 -> list(null, length());
            case 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77 -> list(type(), tag - 0x70);
            case 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f -> list(null, tag - 0x78);
            case 'H' -> map(null);
            case 'M' -> map(type());
            case 'O' -> object(integer());
            default -> {
                if (tag >= 0x60 && tag <= 0x6f) {
                    yield object(tag - 0x60);
                }
                throw new MalformedHessian(
                        "tag 0x" + Integer.toHexString(tag) + " at byte " + (in.readerIndex() - 1) + " is unknown");
            }
        };
    }

    /// @param length -1 when the items are followed by an end mark
    private Sequence list(@Nullable String type, int length) throws MalformedHessian {
        if (length > in.readableBytes()) {
            throw new MalformedHessian("a list of " + length + " items in " + in.readableBytes() + " bytes");
        }
        Sequence list = new Sequence(type);
        references.add(list);
        if (length < 0) {
            while (!end()) {
                list.items().add(read());
            }
        } else {
            for (int i = 0; i < length; i++) {
                list.items().add(read());
            }
        }
        return list;
    }

    private Mapping map(@Nullable String type) throws MalformedHessian {
        Mapping map = new Mapping(type);
        references.add(map);
        while (!end()) {
            map.keys().add(read());
            map.values().add(read());
        }
        return map;
    }

    private boolean end() throws MalformedHessian {
        if (!in.isReadable()) {
            throw truncated();
        }
        if (in.getByte(in.readerIndex()) == 'Z') {
            in.skipBytes(1);
            return true;
        }
        return false;
    }

    private void define() throws MalformedHessian {
        if (definitions.size() == limits.definitions()) {
            throw new MalformedHessian("more than " + limits.definitions() + " class definitions");
        }
        String type = requiredText();
        int count = integer();
        if (count < 0 || count > Math.min(in.readableBytes(), MAX_FIELDS)) {
            throw new MalformedHessian("a class of " + count + " fields in " + in.readableBytes() + " bytes");
        }
        List<String> fields = new ArrayList<>(count);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            String name = requiredText();
            fields.add(names.add(name) ? name : "");
        }
        definitions.add(new ClassDefinition(type, List.copyOf(fields)));
    }

    private Bean object(int definition) throws MalformedHessian {
        if (definition < 0 || definition >= definitions.size()) {
            throw new MalformedHessian("class definition " + definition + " of " + definitions.size());
        }
        ClassDefinition known = definitions.get(definition);
        Bean bean = new Bean(known, new ArrayList<>());
        references.add(bean);
        for (int i = 0; i < known.fields().size(); i++) {
            bean.values().add(read());
        }
        return bean;
    }

    private HessianValue reference() throws MalformedHessian {
        int number = integer();
        if (number < 0 || number >= references.size()) {
            throw new MalformedHessian("reference " + number + " of " + references.size());
        }
        return references.get(number);
    }

    /// The type of a list or map: a string, which is remembered, or the index of a remembered one.
    private String type() throws MalformedHessian {
        return switch (read()) {
            case Text text -> {
                types.add(text.value());
                yield text.value();
            }
            case Int number -> {
                if (number.value() < 0 || number.value() >= types.size()) {
                    throw new MalformedHessian("type " + number.value() + " of " + types.size());
                }
                yield types.get(number.value());
            }
            case Null _,Bool _,Long64 _,Real _,Binary _,Date _,Sequence _,Mapping _,Bean _ -> throw new MalformedHessian(
                    "a type that is neither a text nor a number");
        };
    }

    private String requiredText() throws MalformedHessian {
        String text = readText();
        if (text == null) {
            throw new MalformedHessian("null where a name was expected");
        }
        return text;
    }

    private int integer() throws MalformedHessian {
        if (read() instanceof Int number) {
            return number.value();
        }
        throw new MalformedHessian("a value of another type where an int was expected");
    }

    private int length() throws MalformedHessian {
        int length = integer();
        if (length < 0) {
            throw new MalformedHessian("a list of " + length + " items");
        }
        return length;
    }

    // ---- plain values

    private int compactInt(int tag) throws MalformedHessian {
        if (tag <= 0xbf) {
            return tag - 0x90;
        }
        if (tag <= 0xcf) {
            return (tag - 0xc8 << 8) + readByte();
        }
        return (tag - 0xd4 << 16) + readShort();
    }

    private long compactLong(int tag) throws MalformedHessian {
        if (tag <= 0x3f) {
            return (tag - 0x3cL << 16) + readShort();
        }
        return tag <= 0xef ? tag - 0xe0 : (tag - 0xf8L << 8) + readByte();
    }

    private String chunkedText(int tag) throws MalformedHessian {
        if (tag <= 0x33) {
            return text((tag - 0x30 << 8) + readByte());
        }
        if (tag == 'S') {
            return text(readShort());
        }
        StringBuilder whole = new StringBuilder();
        int next = tag;
        while (next == 'R') {
            whole.append(text(readShort()));
            next = readByte();
        }
        if (next <= 0x1f) {
            return whole.append(text(next)).toString();
        }
        if (next >= 0x30 && next <= 0x33 || next == 'S') {
            return whole.append(chunkedText(next)).toString();
        }
        throw new MalformedHessian("tag 0x" + Integer.toHexString(next) + " within a text");
    }

    /// @param length in UTF-16 units, each of which is encoded separately on the wire
    private String text(int length) throws MalformedHessian {
        if (length > in.readableBytes()) {
            throw truncated();
        }
        int start = in.readerIndex();
        if (ByteBufUtil.isText(in, start, length, StandardCharsets.US_ASCII)) {
            return in.readCharSequence(length, StandardCharsets.US_ASCII).toString();
        }
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            int first = readByte();
            if (first < 0x80) {
                text.append((char) first);
            } else if ((first & 0xe0) == 0xc0) {
                text.append((char) ((first & 0x1f) << 6 | continued()));
            } else if ((first & 0xf0) == 0xe0) {
                text.append((char) ((first & 0xf) << 12 | continued() << 6 | continued()));
            } else {
                throw new MalformedHessian("byte 0x" + Integer.toHexString(first) + " begins no character");
            }
        }
        return text.toString();
    }

    private int continued() throws MalformedHessian {
        int next = readByte();
        if ((next & 0xc0) != 0x80) {
            throw new MalformedHessian("byte 0x" + Integer.toHexString(next) + " continues no character");
        }
        return next & 0x3f;
    }

    private byte[] chunkedBytes(int tag) throws MalformedHessian {
        if (tag <= 0x37) {
            return bytes((tag - 0x34 << 8) + readByte());
        }
        if (tag == 'B') {
            return bytes(readShort());
        }
        List<byte[]> parts = new ArrayList<>();
        int next = tag;
        while (next == 'A') {
            parts.add(bytes(readShort()));
            next = readByte();
        }
        if (next >= 0x20 && next <= 0x2f) {
            parts.add(bytes(next - 0x20));
        } else if (next >= 0x34 && next <= 0x37 || next == 'B') {
            parts.add(chunkedBytes(next));
        } else {
            throw new MalformedHessian("tag 0x" + Integer.toHexString(next) + " within bytes");
        }
        byte[] whole = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    private byte[] bytes(int length) throws MalformedHessian {
        require(length);
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    int readByte() throws MalformedHessian {
        require(1);
        return in.readUnsignedByte();
    }

    private int readShort() throws MalformedHessian {
        require(2);
        return in.readUnsignedShort();
    }

    private int readInt() throws MalformedHessian {
        require(4);
        return in.readInt();
    }

    private long readLong() throws MalformedHessian {
        require(8);
        return in.readLong();
    }

    private void require(int bytes) throws MalformedHessian {
        if (in.readableBytes() < bytes) {
            throw truncated();
        }
    }

    private static MalformedHessian truncated() {
        return new MalformedHessian("ends within a value");
    }
}
