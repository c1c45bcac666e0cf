package io.jigress.grpcjson.descriptor;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FeatureSet;
import com.google.protobuf.DescriptorProtos.FeatureSet.FieldPresence;
import com.google.protobuf.DescriptorProtos.FeatureSet.MessageEncoding;
import com.google.protobuf.DescriptorProtos.FeatureSet.RepeatedFieldEncoding;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Links the messages of file descriptors. The library's own linking is not used: it needs every import, and keeps all options and comments in memory.
final class SchemaCompiler {
    private static final String DETAILS = "google-rpc.protoset";

    private final Map<String, MessageType> messages = new HashMap<>();
    private final Map<String, EnumType> enums = new HashMap<>();
    private final Map<String, List<Method>> services = new LinkedHashMap<>();

    /// A descriptor set that cannot be used.
    static final class Fault extends Exception {
        Fault(String what) {
            super(what, null, false, false);
        }
    }

    Schema compile(List<FileDescriptorProto> given) throws Fault {
        Set<String> names = new HashSet<>();
        List<FileDescriptorProto> files = new ArrayList<>();
        for (FileDescriptorProto file : given) {
            if (names.add(file.getName())) {
                files.add(file);
            }
        }
        for (FileDescriptorProto file : builtIn()) {
            if (names.add(file.getName())) {
                files.add(file);
            }
        }
        for (FileDescriptorProto file : files) {
            String scope = file.getPackage().isEmpty() ? "" : file.getPackage() + ".";
            declare(scope, file.getMessageTypeList(), file.getEnumTypeList());
        }
        for (FileDescriptorProto file : files) {
            String scope = file.getPackage().isEmpty() ? "" : file.getPackage() + ".";
            Features features = Features.of(file);
            for (DescriptorProto message : file.getMessageTypeList()) {
                define(scope, message, features);
            }
        }
        for (FileDescriptorProto file : files) {
            for (ServiceDescriptorProto service : file.getServiceList()) {
                service(file, service);
            }
        }
        return new Schema(Map.copyOf(messages), Collections.unmodifiableMap(services));
    }

    private static List<FileDescriptorProto> builtIn() {
        List<FileDescriptorProto> files = new ArrayList<>(Stream.of(AnyProto.getDescriptor(), ApiProto.getDescriptor(),
                DurationProto.getDescriptor(), EmptyProto.getDescriptor(), FieldMaskProto.getDescriptor(),
                SourceContextProto.getDescriptor(), StructProto.getDescriptor(), TimestampProto.getDescriptor(),
                TypeProto.getDescriptor(), WrappersProto.getDescriptor())
                .map(FileDescriptor::toProto).toList());
        try (InputStream in = SchemaCompiler.class.getResourceAsStream(DETAILS)) {
            if (in == null) {
                throw new IllegalStateException(DETAILS + " is missing");
            }
            files.addAll(FileDescriptorSet.parseFrom(in).getFileList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    // ---- names

    private void declare(String scope, List<DescriptorProto> ofMessages, List<EnumDescriptorProto> ofEnums) throws Fault {
        for (EnumDescriptorProto type : ofEnums) {
            enums.putIfAbsent(scope + type.getName(), new EnumType(scope + type.getName(), type));
        }
        for (DescriptorProto type : ofMessages) {
            String name = scope + type.getName();
            if (messages.containsKey(name)) {
                throw new Fault("defines the message " + name + " in two files");
            }
            messages.put(name, new MessageType(name, type.getOptions().getMapEntry()));
            declare(name + ".", type.getNestedTypeList(), type.getEnumTypeList());
        }
    }

    private MessageType message(String typeName, String user) throws Fault {
        MessageType type = messages.get(typeName.startsWith(".") ? typeName.substring(1) : typeName);
        if (type == null) {
            throw new Fault("has no message " + typeName + ", which " + user
                    + " uses; protoc adds imports with --include_imports");
        }
        return type;
    }

    private EnumType enumType(String typeName, String user) throws Fault {
        EnumType type = enums.get(typeName.startsWith(".") ? typeName.substring(1) : typeName);
        if (type == null) {
            throw new Fault("has no enum " + typeName + ", which " + user
                    + " uses; protoc adds imports with --include_imports");
        }
        return type;
    }

    // ---- fields

    private void define(String scope, DescriptorProto descriptor, Features ofScope) throws Fault {
        String name = scope + descriptor.getName();
        Features features = ofScope.with(descriptor.getOptions().getFeatures());
        for (DescriptorProto nested : descriptor.getNestedTypeList()) {
            define(name + ".", nested, features);
        }
        Map<Integer, Integer> oneofs = new HashMap<>();
        List<Field> fields = new ArrayList<>();
        boolean mapEntry = descriptor.getOptions().getMapEntry();
        for (FieldDescriptorProto each : descriptor.getFieldList()) {
            fields.add(field(name, each, features.with(each.getOptions().getFeatures()), oneofs,
                    mapEntry));
        }
        MessageType type = messages.get(name);
        if (type == null) {
            throw new IllegalStateException(name + " was not declared");
        }
        type.fields(fields, oneofs.size());
    }

    private Field field(String message, FieldDescriptorProto field, Features features, Map<Integer, Integer> oneofs,
            boolean mapEntry) throws Fault {
        Kind kind = Kind.of(field.getType());
        if (kind == Kind.MESSAGE && features.delimited() && !mapEntry && !isMap(field)) {
            kind = Kind.GROUP;
        }
        boolean repeated = field.getLabel() == FieldDescriptorProto.Label.LABEL_REPEATED;
        boolean packed = repeated && kind.isPackable()
                && (field.getOptions().hasPacked() ? field.getOptions().getPacked() : features.packed());
        int oneof = field.hasOneofIndex() && !field.getProto3Optional()
                ? oneofs.computeIfAbsent(field.getOneofIndex(), _ -> oneofs.size())
                : -1;
        boolean presence = !repeated
                && (kind.isMessage() || field.hasOneofIndex() || field.getProto3Optional() || features.presence());
        Field made = new Field(field.getName(), field.hasJsonName() ? field.getJsonName() : jsonName(field.getName()),
                field.getNumber(), kind, repeated, packed, presence, oneof);
        String user = message + "." + field.getName();
        made.link(kind.isMessage() ? message(field.getTypeName(), user) : null,
                kind == Kind.ENUM ? enumType(field.getTypeName(), user) : null);
        return made;
    }

    private boolean isMap(FieldDescriptorProto field) {
        MessageType type = messages.get(field.getTypeName().startsWith(".") ? field.getTypeName().substring(1) : "");
        return type != null && type.isMapEntry();
    }

    /// As protoc makes it.
    private static String jsonName(String name) {
        StringBuilder out = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_') {
                upper = true;
            } else {
                out.append(upper && c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c);
                upper = false;
            }
        }
        return out.toString();
    }

    // ---- services

    private void service(FileDescriptorProto file, ServiceDescriptorProto service) throws Fault {
        String name = file.getPackage().isEmpty() ? service.getName() : file.getPackage() + "." + service.getName();
        List<Method> methods = new ArrayList<>();
        for (MethodDescriptorProto method : service.getMethodList()) {
            String user = name + "." + method.getName();
            List<HttpRule> rules = new ArrayList<>();
            try {
                for (ByteString rule : rules(method)) {
                    rules.addAll(HttpRule.read(rule));
                }
            } catch (InvalidProtocolBufferException e) {
                throw new Fault("has an option google.api.http of " + user + " that cannot be read: " + e.getMessage());
            }
            methods.add(new Method(name, method.getName(), message(method.getInputType(), user),
                    message(method.getOutputType(), user), method.getClientStreaming(), method.getServerStreaming(), rules));
        }
        services.put(name, List.copyOf(methods));
    }

    private static List<ByteString> rules(MethodDescriptorProto method) {
        return method.getOptions().getUnknownFields().getField(HttpRule.EXTENSION).getLengthDelimitedList();
    }

    /// What editions let files, messages and fields choose, and older syntaxes fix.
    ///
    /// @param presence whether a field of a scalar type tells unset from default
    private record Features(boolean presence, boolean packed, boolean delimited) {

        static Features of(FileDescriptorProto file) {
            return switch (file.getSyntax()) {
                case "proto3" -> new Features(false, true, false);
                case "editions" -> new Features(true, true, false).with(file.getOptions().getFeatures());
                default -> new Features(true, false, false);
            };
        }

        Features with(FeatureSet set) {
            return new Features(set.hasFieldPresence() ? set.getFieldPresence() != FieldPresence.IMPLICIT : presence,
                    set.hasRepeatedFieldEncoding()
                            ? set.getRepeatedFieldEncoding() == RepeatedFieldEncoding.PACKED
                            : packed,
                    set.hasMessageEncoding() ? set.getMessageEncoding() == MessageEncoding.DELIMITED : delimited);
        }
    }
}
