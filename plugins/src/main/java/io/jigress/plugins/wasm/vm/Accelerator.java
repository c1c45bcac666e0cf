package io.jigress.plugins.wasm.vm;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.Memory;

/// Changes the class files of the compiler so that the JVM runs them faster; they do the same.
///
/// - What functions call all the time are functions of [GuestCode], which need fewer steps than the compiler's.
/// - A method of more than 8000 bytes is never compiled by the JVM, only interpreted. Indirect calls in modules of many functions are such methods,
///   with a case for each function, so they are split. Functions that are so large remain.
final class Accelerator {
    /// The JVM's own limit, `-XX:HugeMethodLimit`.
    private static final int HUGE = 8000;
    /// A part of a split method is for 2 to this power of functions.
    private static final int SHIFT = 7;
    /// The end of the name of the class with the compiler's own functions.
    private static final String SHADED = "Shaded";
    private static final ClassDesc GUEST_CODE = GuestCode.class.describeConstable().orElseThrow();
    private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();
    private static final Set<String> OF_THE_SAME_TYPE = Set.of("memoryReadByte", "memoryReadShort", "memoryReadInt",
            "memoryReadLong", "memoryReadFloat", "memoryReadDouble", "memoryWriteByte", "memoryWriteShort", "memoryWriteInt",
            "memoryWriteLong", "memoryWriteFloat", "memoryWriteDouble");
    /// These get the memory as a further argument.
    private static final Set<String> WITH_MEMORY = Set.of("readGlobal", "writeGlobal", "checkInterruption");
    /// How many bytes an argument adds at most.
    private static final int LOAD = 4;
    /// A call has three bytes, so a method that is smaller does not get huge.
    private static final int SMALL = HUGE * 3 / (3 + LOAD);

    private final ClassFile files = ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(Accelerator.class.getClassLoader())),
            ClassFile.DebugElementsOption.DROP_DEBUG);
    private final String shaded;

    private Accelerator(String machine) {
        shaded = machine.replace('.', '/') + SHADED;
    }

    /// @param machine the name of the main class
    /// @param classes is changed
    static void change(String machine, Map<String, byte[]> classes) {
        Accelerator accelerator = new Accelerator(machine);
        classes.replaceAll((name, file) -> name.equals(machine + SHADED) ? file : accelerator.change(file));
    }

    private byte[] change(byte[] file) {
        ClassModel old = files.parse(file);
        return files.transformClass(old, (builder, element) -> {
            if (element instanceof MethodModel method && method.code().orElse(null) instanceof CodeAttribute code) {
                change(old, method, code, builder);
            } else {
                builder.with(element);
            }
        });
    }

    private void change(ClassModel owner, MethodModel method, CodeAttribute code, ClassBuilder builder) {
        Split split = code.codeLength() > HUGE ? Split.of(owner.thisClass().asSymbol(), method, code) : null;
        if (split != null) {
            split.parts(builder);
        }
        boolean grows = split != null || code.codeLength() > HUGE || code.codeLength() < SMALL
                || code.codeLength() + growth(code) <= HUGE;
        CodeTransform calls = calls(grows ? memory(method) : -1);
        builder.transformMethod(method, (methodBuilder, element) -> {
            if (element instanceof CodeAttribute all) {
                methodBuilder.transformCode(all, split == null ? calls : split.andThen(calls));
            } else {
                methodBuilder.with(element);
            }
        });
    }

    /// The place of the parameter that is the memory; -1 when there is none.
    private static int memory(MethodModel method) {
        int slot = method.flags().has(AccessFlag.STATIC) ? 0 : 1;
        for (ClassDesc parameter : method.methodTypeSymbol().parameterList()) {
            if (parameter.equals(MEMORY)) {
                return slot;
            }
            slot += TypeKind.from(parameter).slotSize();
        }
        return -1;
    }

    private boolean isShaded(CodeElement element, Set<String> names) {
        return element instanceof InvokeInstruction call && call.owner().asInternalName().equals(shaded)
                && names.contains(call.name().stringValue());
    }

    private int growth(CodeAttribute code) {
        int growth = 0;
        for (CodeElement element : code.elementList()) {
            growth += isShaded(element, WITH_MEMORY) ? LOAD : 0;
        }
        return growth;
    }

    private CodeTransform calls(int memory) {
        return (builder, element) -> {
            if (isShaded(element, OF_THE_SAME_TYPE)) {
                InvokeInstruction call = (InvokeInstruction) element;
                builder.invokestatic(GUEST_CODE, call.name().stringValue(), call.typeSymbol());
            } else if (memory >= 0 && isShaded(element, WITH_MEMORY)) {
                InvokeInstruction call = (InvokeInstruction) element;
                MethodTypeDesc type = call.typeSymbol();
                builder.aload(memory).invokestatic(GUEST_CODE, call.name().stringValue(),
                        type.insertParameterTypes(type.parameterCount(), MEMORY));
            } else {
                builder.with(element);
            }
        };
    }

    /// An indirect call, whose code ends with a switch by the number of the function: each case calls a function and returns. The arguments are on the
    /// stack below the number.
    ///
    /// @param type of the functions
    /// @param cases the calls by the numbers of their functions
    /// @param bodies the labels of the cases
    /// @param otherwise the label for other numbers
    /// @param fault what is called for these, for the exception that it returns
    private record Split(ClassDesc owner, String name, MethodTypeDesc type, SortedMap<Integer, InvokeInstruction> cases,
            Set<Label> bodies, Label otherwise, InvokeInstruction fault) {

        static @Nullable Split of(ClassDesc owner, MethodModel method, CodeAttribute code) {
            List<CodeElement> elements = code.elementList();
            LookupSwitchInstruction chosen = null;
            Map<Label, InvokeInstruction> calls = new HashMap<>();
            List<Label> pending = new ArrayList<>();
            for (CodeElement element : elements) {
                if (element instanceof LookupSwitchInstruction found) {
                    if (chosen != null) {
                        return null;
                    }
                    chosen = found;
                } else if (element instanceof LabelTarget target) {
                    pending.add(target.label());
                } else if (element instanceof InvokeInstruction call) {
                    pending.forEach(label -> calls.put(label, call));
                    pending.clear();
                }
            }
            InvokeInstruction fault = chosen == null ? null : calls.get(chosen.defaultTarget());
            if (chosen == null || fault == null) {
                return null;
            }
            SortedMap<Integer, InvokeInstruction> cases = new TreeMap<>();
            for (SwitchCase each : chosen.cases()) {
                InvokeInstruction call = calls.get(each.target());
                if (call == null || !call.name().stringValue().equals("func_" + each.caseValue())) {
                    return null;
                }
                cases.put(each.caseValue(), call);
            }
            return cases.isEmpty()
                    ? null
                    : new Split(owner, method.methodName().stringValue(), cases.firstEntry().getValue().typeSymbol(), cases,
                            Set.copyOf(chosen.cases().stream().map(SwitchCase::target).toList()), chosen.defaultTarget(), fault);
        }

        private String part(int part) {
            return name + "_part_" + part;
        }

        private MethodTypeDesc partType() {
            return type.insertParameterTypes(type.parameterCount(), ClassDesc.ofDescriptor("I"));
        }

        /// Adds the methods, each with some of the cases.
        void parts(ClassBuilder builder) {
            for (int part : numbers()) {
                builder.withMethodBody(part(part), partType(), ClassFile.ACC_STATIC, code -> part(part, code));
            }
        }

        private List<Integer> numbers() {
            return cases.keySet().stream().map(function -> function >> SHIFT).distinct().toList();
        }

        private void part(int part, CodeBuilder code) {
            int slot = 0;
            for (ClassDesc parameter : type.parameterList()) {
                TypeKind kind = TypeKind.from(parameter);
                code.loadLocal(kind, slot);
                slot += kind.slotSize();
            }
            code.iload(slot);
            Label other = code.newLabel();
            SortedMap<Integer, InvokeInstruction> own = cases.subMap(part << SHIFT, part + 1 << SHIFT);
            List<SwitchCase> switched = own.keySet().stream().map(function -> SwitchCase.of(function, code.newLabel())).toList();
            code.lookupswitch(other, switched);
            for (SwitchCase each : switched) {
                InvokeInstruction call = Objects.requireNonNull(own.get(each.caseValue()));
                code.labelBinding(each.target());
                code.invokestatic(call.owner().asSymbol(), call.name().stringValue(), call.typeSymbol())
                        .return_(TypeKind.from(type.returnType()));
            }
            code.labelBinding(other);
            if (fault.typeSymbol().parameterCount() == 1) {
                code.iload(slot);
            }
            code.invokestatic(fault.owner().asSymbol(), fault.name().stringValue(), fault.typeSymbol()).athrow();
        }

        /// Replaces the switch by one that calls the parts, and leaves out the cases.
        CodeTransform andThen(CodeTransform calls) {
            CodeTransform cut = CodeTransform.ofStateful(() -> new CodeTransform() {
                private boolean inCase;

                @Override
                public void accept(CodeBuilder code, CodeElement element) {
                    if (element instanceof LabelTarget target) {
                        inCase = bodies.contains(target.label());
                    }
                    if (element instanceof LookupSwitchInstruction) {
                        dispatch(code);
                    } else if (!inCase) {
                        code.with(element);
                    }
                }
            });
            return cut.andThen(calls);
        }

        private void dispatch(CodeBuilder code) {
            Label other = code.newLabel();
            List<SwitchCase> switched = numbers().stream().map(part -> SwitchCase.of(part, code.newLabel())).toList();
            code.dup().loadConstant(SHIFT).ishr().lookupswitch(other, switched);
            for (SwitchCase each : switched) {
                code.labelBinding(each.target());
                code.invokestatic(owner, part(each.caseValue()), partType()).return_(TypeKind.from(type.returnType()));
            }
            code.labelBinding(other);
            code.pop().goto_(otherwise);
        }
    }
}
