package exporter;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.DefaultDeserializationContext;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedClassResolver;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeDeserializer;
import io.kestra.core.models.annotations.PluginProperty;
import io.kestra.core.models.flows.FlowWithSource;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.Output;
import io.kestra.core.serializers.JacksonMapper;
import io.swagger.v3.oas.annotations.media.Schema;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What Kestra's own mapper accepts, asked of its deserializers: the keys of each class with their Java
 * types; bean validation and Kestra's annotations are read from fields, getters and interfaces.
 */
final class Schemas {
    private static final ObjectMapper MAPPER = JacksonMapper.ofYaml();
    /** Keys of a flow that only the server sets. */
    private static final Set<String> SERVER_KEYS = Set.of("source", "deleted", "tenantId", "updated");

    private final Map<Class<?>, String> kinds;
    private final Map<String, Map<String, Object>> definitions = new TreeMap<>();

    Schemas(Map<Class<?>, String> kinds) {
        this.kinds = kinds;
    }

    Map<String, Map<String, Object>> definitions() {
        return definitions;
    }

    /** The model of a flow, as the definition of its class. */
    void flow() {
        Map<String, Object> flow = object(MAPPER.constructType(FlowWithSource.class));
        properties(flow).forEach((name, property) -> {
            if (SERVER_KEYS.contains(name)) {
                properties(flow).put(name, with(property, "hidden", true));
            }
        });
        flow.put("definition", "io.kestra.core.models.flows.Flow");
        definitions.put("io.kestra.core.models.flows.Flow", flow);
    }

    /** Properties and outputs of a plugin. */
    Map<String, Object> type(Class<?> type) {
        Map<String, Object> record = object(MAPPER.constructType(type));
        if (!record.containsKey("properties")) {
            record.put("properties", new TreeMap<>());
        }
        Type outputs = outputs(type);
        if (outputs != null) {
            record.put("outputs", new TreeMap<>(Map.of("properties", fields(MAPPER.constructType(outputs)))));
        }
        return record;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> properties(Map<String, Object> object) {
        return (Map<String, Object>) object.get("properties");
    }

    private static Object with(Object property, String key, Object value) {
        Map<String, Object> copy = new TreeMap<>();
        if (property instanceof Map<?, ?> map) {
            map.forEach((name, each) -> copy.put((String) name, each));
        } else {
            copy.put("is", property);
        }
        copy.put(key, value);
        return copy;
    }

    /** The schema of a class of Kestra's libraries that the sources of a plugin use. */
    Object node(Class<?> type) {
        return node(MAPPER.constructType(type));
    }

    /** What a class of Kestra's libraries writes as outputs. */
    Map<String, Object> written(Class<?> type) {
        return fields(MAPPER.constructType(type));
    }

    /** The outputs that a superclass from Kestra's libraries settles. */
    Map<String, Object> outputsOf(Class<?> type) {
        Type outputs = outputs(type);
        return outputs == null ? null : fields(MAPPER.constructType(outputs));
    }

    /** The properties of a class of Kestra's libraries that plugins extend. */
    Map<String, Object> declared(Class<?> type) {
        Map<String, Object> properties = new TreeMap<>();
        BeanDescription description = MAPPER.getDeserializationConfig().introspect(MAPPER.constructType(type));
        for (BeanPropertyDefinition definition : description.findProperties()) {
            if (definition.getField() == null && definition.getSetter() == null) {
                continue;
            }
            String member = definition.getField() == null ? definition.getName() : definition.getField().getName();
            Marks marks = Marks.of(type, definition.getName(), member);
            Object property = property(marks, definition.getPrimaryType(), definition.getName(), null, null);
            // Without an instance nothing tells defaults: what must not be null need not be written.
            properties.put(definition.getName(), property instanceof Map<?, ?> map && map.containsKey("required")
                && marks.field != null && marks.field.getDeclaringClass() != type.getSuperclass() && builderDefault(marks.field)
                ? optional(map) : property);
        }
        return properties;
    }

    /** Whether Lombok keeps a default for the field in its builder. */
    private static boolean builderDefault(Field field) {
        for (Method method : field.getDeclaringClass().getDeclaredMethods()) {
            if (method.getName().equals("$default$" + field.getName())) {
                return true;
            }
        }
        return false;
    }

    private static Object optional(Map<?, ?> property) {
        Map<String, Object> copy = new TreeMap<>();
        property.forEach((key, value) -> copy.put((String) key, value));
        copy.remove("required");
        copy.put("notNull", true);
        return copy;
    }

    // ------------------------------------------------------------------ objects

    /** The keys that the deserializer of a class takes. */
    private Map<String, Object> object(JavaType type) {
        Map<String, Object> record = new TreeMap<>();
        JsonDeserializer<Object> deserializer = deserializer(type);
        if (!(deserializer instanceof BeanDeserializerBase bean)) {
            System.err.println("no bean: " + type.toCanonical() + " is read by " + (deserializer == null ? null : deserializer.getClass().getName()));
            record.put("open", true);
            record.put("properties", new TreeMap<>());
            return record;
        }
        Object empty = empty(bean, type);
        Map<String, Object> properties = new TreeMap<>();
        Map<String, SettableBeanProperty> all = new LinkedHashMap<>();
        bean.properties().forEachRemaining(property -> all.put(property.getName(), property));
        bean.creatorProperties().forEachRemaining(property -> all.put(property.getName(), property));
        // A creator that takes the whole value has a parameter without a name.
        all.remove("");
        all.forEach((name, property) -> properties.put(name, property(type, property, empty)));
        all.forEach((name, property) -> fills(bean, type, name, property, properties));
        Set<String> ignorable = new TreeSet<>();
        if (read(bean, BeanDeserializerBase.class, "_ignorableProps") instanceof Set<?> names) {
            names.forEach(name -> ignorable.add((String) name));
        }
        for (String name : ignorable) {
            properties.computeIfAbsent(name, key -> new TreeMap<>(Map.of("is", "any", "hidden", true)));
        }
        boolean open = Boolean.TRUE.equals(read(bean, BeanDeserializerBase.class, "_ignoreAllUnknown"))
            || read(bean, BeanDeserializerBase.class, "_anySetter") != null;
        if (open) {
            record.put("open", true);
        }
        record.put("properties", properties);
        return record;
    }

    /**
     * Old names that a setter or a creator turns into new ones: a key whose text appears in the field of
     * another key is an alias of that.
     */
    private static void fills(BeanDeserializerBase bean, JavaType type, String name, SettableBeanProperty property, Map<String, Object> properties) {
        String probe = "probe";
        if (property.getType().getRawClass() != String.class) {
            return;
        }
        Object filled = read(bean, type, MAPPER.createObjectNode().put(name, probe));
        if (filled == null) {
            return;
        }
        for (String other : List.copyOf(properties.keySet())) {
            if (other.equals(name)) {
                continue;
            }
            try {
                Field field = find(type.getRawClass(), other);
                if (field != null) {
                    field.setAccessible(true);
                    if (probe.equals(field.get(filled))) {
                        properties.put(other, with(properties.get(other), "aliases", List.of(name)));
                        properties.put(name, with(properties.get(name), "deprecated", true));
                    }
                }
            } catch (ReflectiveOperationException | RuntimeException error) {
                System.err.println("not read: " + type.toCanonical() + "." + other + " " + error);
            }
        }
    }

    private static Field find(Class<?> type, String name) {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            try {
                return each.getDeclaredField(name);
            } catch (NoSuchFieldException absent) {
                continue;
            }
        }
        return null;
    }

    private static JsonDeserializer<Object> deserializer(JavaType type) {
        try {
            DefaultDeserializationContext context = ((DefaultDeserializationContext) MAPPER.getDeserializationContext())
                .createInstance(MAPPER.getDeserializationConfig(), null, null);
            return context.findContextualValueDeserializer(type, null);
        } catch (Exception | LinkageError error) {
            System.err.println("no deserializer for " + type.toCanonical() + ": " + error);
            return null;
        }
    }

    /** What the class is when nothing is written. */
    private static Object empty(BeanDeserializerBase bean, JavaType type) {
        return read(bean, type, MAPPER.createObjectNode());
    }

    private static Object read(BeanDeserializerBase bean, JavaType type, JsonNode content) {
        try (var parser = MAPPER.treeAsTokens(content)) {
            DeserializationContext context = ((DefaultDeserializationContext) MAPPER.getDeserializationContext())
                .createInstance(MAPPER.getDeserializationConfig(), parser, null);
            parser.nextToken();
            return bean.deserialize(parser, context);
        } catch (Exception | LinkageError error) {
            System.err.println("not made: " + type.toCanonical() + " of " + content + ": " + error);
            return null;
        }
    }

    private static Object read(Object holder, Class<?> type, String field) {
        try {
            Field found = type.getDeclaredField(field);
            found.setAccessible(true);
            return found.get(holder);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    // ------------------------------------------------------------------ properties

    private Object property(JavaType holder, SettableBeanProperty property, Object empty) {
        String member = property.getMember() == null ? property.getName() : property.getMember().getName();
        Marks marks = Marks.of(holder.getRawClass(), property.getName(), member);
        Set<String> aliases = new TreeSet<>();
        property.findAliases(MAPPER.getDeserializationConfig()).forEach(alias -> aliases.add(alias.getSimpleName()));
        Object converted = property(marks, property.getType(), property.getName(), property.getAnnotation(JsonDeserialize.class), empty);
        aliases.remove(property.getName());
        return aliases.isEmpty() ? converted : with(converted, "aliases", new ArrayList<>(aliases));
    }

    private Object property(Marks marks, JavaType type, String name, JsonDeserialize reader, Object empty) {
        Object custom = custom(name, reader == null && marks.field != null ? marks.field.getAnnotation(JsonDeserialize.class) : reader);
        boolean typed = Property.class.isAssignableFrom(type.getRawClass());
        Object schema = custom != null ? custom : typed ? node(type.containedTypeOrUnknown(0)) : node(type);
        Map<String, Object> out = new TreeMap<>();
        if (schema instanceof Map<?, ?> map) {
            map.forEach((key, value) -> out.put((String) key, value));
        } else {
            out.put("is", schema);
        }
        if ("any".equals(schema) && !marks.meant.isEmpty()) {
            out.put("meant", one(marks.meant.stream().map(each -> node(MAPPER.constructType(each))).toArray()));
        }
        Object value = marks.value(empty);
        boolean present = value != null || type.isPrimitive();
        if (marks.has("NotNull", "NotBlank", "NotEmpty")) {
            out.put(present ? "notNull" : "required", true);
        }
        bounds(out, marks, typed ? null : type);
        if (typed) {
            out.put("render", "typed");
        } else if (marks.pluginProperty != null) {
            out.put("render", marks.pluginProperty.dynamic() ? "yes" : "no");
        }
        if (marks.deprecated) {
            out.put("deprecated", true);
        }
        if (marks.hidden) {
            out.put("hidden", true);
        }
        if (marks.secret()) {
            out.put("secret", true);
        }
        if (marks.valid) {
            out.put("valid", true);
        }
        if (!marks.checks.isEmpty()) {
            out.put("checks", new ArrayList<>(marks.checks));
        }
        Object written = written(value);
        if (written != null) {
            out.put("default", written);
        }
        return out.size() == 1 && out.containsKey("is") ? out.get("is") : out;
    }

    /** A default as it would be written, if it is short. */
    private static Object written(Object value) {
        // A moment is when the exporter ran.
        if (value == null || value instanceof java.time.temporal.Temporal) {
            return null;
        }
        try {
            JsonNode node = MAPPER.valueToTree(value);
            boolean plain = node.isBoolean() || node.isNumber() || node.isTextual() && node.asText().length() <= 80
                || node.isArray() && node.size() <= 4 && node.toString().length() <= 120;
            return plain ? node : null;
        } catch (RuntimeException | LinkageError error) {
            return null;
        }
    }

    private static void bounds(Map<String, Object> out, Marks marks, JavaType type) {
        boolean list = out.containsKey("list") || out.containsKey("map");
        boolean number = Set.of("integer", "long", "number").contains(String.valueOf(out.get("is")));
        for (Annotation mark : marks.constraints) {
            Map<String, Object> values = Marks.values(mark);
            switch (mark.annotationType().getSimpleName()) {
                case "NotBlank" -> out.put("notBlank", true);
                case "NotEmpty" -> out.put(list ? "min" : "minLength", 1);
                case "Pattern" -> out.put("pattern", values.get("regexp"));
                case "Size" -> {
                    if (!values.get("min").equals(0)) {
                        out.put(list ? "min" : "minLength", values.get("min"));
                    }
                    if (!values.get("max").equals(Integer.MAX_VALUE)) {
                        out.put(list ? "max" : "maxLength", values.get("max"));
                    }
                }
                case "Min" -> out.put("min", values.get("value"));
                case "Max" -> out.put("max", values.get("value"));
                case "Positive" -> {
                    if (number) {
                        out.put("above", 0);
                    }
                }
                case "PositiveOrZero" -> {
                    if (number) {
                        out.put("min", 0);
                    }
                }
                default -> {
                }
            }
        }
    }

    /** The schema of a property that has a deserializer of its own. */
    private Object custom(String name, JsonDeserialize own) {
        if (own == null || own.using() == JsonDeserializer.None.class) {
            return null;
        }
        String reader = own.using().getSimpleName();
        Object map = Map.of("map", "any");
        return switch (reader) {
            case "ListOrMapOfLabelDeserializer" -> one(new TreeMap<>(Map.of("list", node(MAPPER.constructType(label())))), map);
            default -> {
                System.err.println("a reader of its own: " + name + " " + reader);
                yield "any";
            }
        };
    }

    private static Class<?> label() {
        return io.kestra.core.models.Label.class;
    }

    private static Object one(Object... alternatives) {
        return new TreeMap<>(Map.of("one", List.of(alternatives)));
    }

    // ------------------------------------------------------------------ types

    private Object node(JavaType type) {
        Class<?> raw = type.getRawClass();
        String slot = Kinds.ofSlot(raw);
        if (slot != null) {
            return "plugin:" + slot;
        }
        if (kinds.containsKey(raw)) {
            return new TreeMap<>(Map.of("plugin", kinds.get(raw), "types", List.of(raw.getName())));
        }
        if (Property.class.isAssignableFrom(raw)) {
            return node(type.containedTypeOrUnknown(0));
        }
        if (type.isReferenceType()) {
            return node(type.getReferencedType());
        }
        if (type.isEnumType() && raw != Enum.class) {
            return enumeration(raw);
        }
        if (type.isMapLikeType()) {
            return new TreeMap<>(Map.of("map", node(type.getContentType())));
        }
        if (type.isArrayType() && type.getContentType().getRawClass() == byte.class) {
            return "string:base64";
        }
        if (type.isContainerType() || Collection.class.isAssignableFrom(raw)) {
            return new TreeMap<>(Map.of("list", type.getContentType() == null ? "any" : node(type.getContentType())));
        }
        if (raw == Enum.class) {
            return "string";
        }
        Object scalar = Scalars.of(raw);
        if (scalar != null) {
            return scalar;
        }
        Object tagged = tagged(type);
        return tagged != null ? tagged : reference(type);
    }

    /** The values of an enumeration; one that reads whatever is written is a string. */
    private static Object enumeration(Class<?> type) {
        if (reads(type, "NO SUCH VALUE")) {
            return "string";
        }
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = MAPPER.convertValue(constant, String.class);
            if (!names.contains(name)) {
                names.add(name);
            }
        }
        return new TreeMap<>(Map.of("enum", names));
    }

    private static boolean reads(Class<?> type, String text) {
        try {
            return MAPPER.convertValue(text, type) != null;
        } catch (RuntimeException refused) {
            return false;
        }
    }

    /** A class whose subclass is chosen by a property. */
    private Object tagged(JavaType type) {
        var config = MAPPER.getDeserializationConfig();
        TypeDeserializer chooser;
        try {
            DefaultDeserializationContext context = ((DefaultDeserializationContext) MAPPER.getDeserializationContext())
                .createInstance(config, null, null);
            chooser = context.getFactory().findTypeDeserializer(config, type);
        } catch (Exception error) {
            return null;
        }
        if (chooser == null || chooser.getPropertyName() == null) {
            return null;
        }
        AnnotatedClass annotated = AnnotatedClassResolver.resolve(config, type, config);
        Map<String, Object> variants = new TreeMap<>();
        for (NamedType each : config.getSubtypeResolver().collectAndResolveSubtypesByTypeId(config, annotated)) {
            if (each.hasName() && !Modifier.isAbstract(each.getType().getModifiers())) {
                variants.put(each.getName(), reference(MAPPER.constructType(each.getType())));
            }
        }
        if (variants.isEmpty()) {
            return null;
        }
        return new TreeMap<>(Map.of("by", chooser.getPropertyName(), "tagged", variants));
    }

    private Object reference(JavaType type) {
        Class<?> raw = type.getRawClass();
        if (raw.isInterface() || Modifier.isAbstract(raw.getModifiers())) {
            System.err.println("abstract: " + type.toCanonical());
            return "any";
        }
        String name = type.hasGenericTypes() ? type.toCanonical() : raw.getName();
        if (!definitions.containsKey(name)) {
            JsonDeserializer<Object> deserializer = deserializer(type);
            if (!(deserializer instanceof BeanDeserializerBase)) {
                System.err.println("any: " + name + " is read by " + (deserializer == null ? null : deserializer.getClass().getName()));
                return "any";
            }
            // Entered before it is filled: classes may hold themselves.
            Map<String, Object> definition = new TreeMap<>(Map.of("definition", name));
            definitions.put(name, definition);
            definition.putAll(object(type));
        }
        return withShorthand(type, "#" + name);
    }

    /** Some classes can be written as a scalar as well. */
    private Object withShorthand(JavaType type, String reference) {
        if (!(deserializer(type) instanceof BeanDeserializerBase bean)) {
            return reference;
        }
        ValueInstantiator maker = bean.getValueInstantiator();
        List<Object> alternatives = new ArrayList<>(List.of(reference));
        if (maker.canCreateFromString()) {
            alternatives.add("string");
        }
        if (maker.canCreateFromInt() || maker.canCreateFromLong()) {
            alternatives.add("long");
        }
        if (maker.canCreateUsingDelegate() && maker.getDelegateType(MAPPER.getDeserializationConfig()) != null) {
            alternatives.add(node(maker.getDelegateType(MAPPER.getDeserializationConfig())));
        }
        if (alternatives.size() == 1) {
            return reference;
        }
        System.err.println("also: " + reference + " " + alternatives);
        return one(alternatives.toArray());
    }

    // ------------------------------------------------------------------ outputs

    /** The class of a plugin's outputs: the argument of an interface that is an `Output`. */
    private static Type outputs(Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            List<Type> sources = new ArrayList<>(List.of(each.getGenericInterfaces()));
            if (each.getGenericSuperclass() != null) {
                sources.add(each.getGenericSuperclass());
            }
            for (Type source : sources) {
                if (source instanceof ParameterizedType parameterized) {
                    for (Type argument : parameterized.getActualTypeArguments()) {
                        if (argument instanceof Class<?> found && Output.class.isAssignableFrom(found)) {
                            return found;
                        }
                    }
                }
            }
        }
        return null;
    }

    /** What Kestra writes of an object. */
    private Map<String, Object> fields(JavaType type) {
        Map<String, Object> fields = new TreeMap<>();
        BeanDescription description = MAPPER.getSerializationConfig().introspect(type);
        for (BeanPropertyDefinition property : description.findProperties()) {
            if (property.couldSerialize() && property.getAccessor() != null) {
                // `finalState` and its like steer the execution and are no outputs.
                fields.put(property.getName(), node(property.getAccessor().getType()));
            }
        }
        return fields;
    }

    /** The annotations of a property, wherever Kestra's validator and its documentation look for them. */
    private static final class Marks {
        final List<Annotation> constraints = new ArrayList<>();
        final Set<String> checks = new TreeSet<>();
        final Set<Class<?>> meant = new LinkedHashSet<>();
        PluginProperty pluginProperty;
        boolean deprecated;
        boolean hidden;
        boolean valid;
        Field field;

        static Marks of(Class<?> holder, String key, String member) {
            Marks marks = new Marks();
            Set<String> names = new LinkedHashSet<>(List.of(key));
            names.addAll(List.of(member, "_" + key));
            names.remove("");
            for (Class<?> each = holder; each != null && marks.field == null; each = each.getSuperclass()) {
                for (String name : names) {
                    try {
                        marks.field = each.getDeclaredField(name);
                        break;
                    } catch (NoSuchFieldException absent) {
                        continue;
                    }
                }
            }
            if (marks.field != null) {
                marks.add(marks.field.getAnnotations());
                marks.inside(marks.field.getAnnotatedType());
                names.add(marks.field.getName());
            }
            for (Class<?> each : lineage(holder)) {
                for (String name : names) {
                    String capital = Character.toUpperCase(name.charAt(0)) + name.substring(1);
                    for (String getter : List.of("get" + capital, "is" + capital)) {
                        try {
                            Method method = each.getDeclaredMethod(getter);
                            marks.add(method.getAnnotations());
                            marks.inside(method.getAnnotatedReturnType());
                        } catch (NoSuchMethodException absent) {
                            continue;
                        }
                    }
                }
            }
            return marks;
        }

        private static Set<Class<?>> lineage(Class<?> type) {
            Set<Class<?>> all = new LinkedHashSet<>();
            for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
                all.add(each);
                interfaces(each, all);
            }
            return all;
        }

        private static void interfaces(Class<?> type, Set<Class<?>> all) {
            for (Class<?> each : type.getInterfaces()) {
                all.add(each);
                interfaces(each, all);
            }
        }

        private void add(Annotation[] annotations) {
            for (Annotation each : annotations) {
                Class<? extends Annotation> type = each.annotationType();
                if (type.getName().startsWith("jakarta.validation.constraints.")) {
                    if (constraints.stream().noneMatch(known -> known.equals(each))) {
                        constraints.add(each);
                    }
                } else if (type == jakarta.validation.Valid.class) {
                    valid = true;
                } else if (type == PluginProperty.class) {
                    pluginProperty = pluginProperty == null ? (PluginProperty) each : pluginProperty;
                } else if (type == Deprecated.class) {
                    deprecated = true;
                } else if (each instanceof Schema schema) {
                    deprecated |= schema.deprecated();
                    hidden |= schema.hidden();
                    meant.addAll(List.of(schema.anyOf()));
                    meant.addAll(List.of(schema.oneOf()));
                } else if (type.getSimpleName().equals("Hidden")) {
                    hidden = true;
                } else if (type.isAnnotationPresent(jakarta.validation.Constraint.class)) {
                    checks.add(type.getSimpleName());
                }
            }
        }

        /** `List<@Valid Task>` and its like. */
        private void inside(AnnotatedType type) {
            if (type instanceof AnnotatedParameterizedType parameterized) {
                for (AnnotatedType argument : parameterized.getAnnotatedActualTypeArguments()) {
                    for (Annotation each : argument.getAnnotations()) {
                        if (each.annotationType() == jakarta.validation.Valid.class) {
                            valid = true;
                        } else if (each.annotationType().isAnnotationPresent(jakarta.validation.Constraint.class)) {
                            checks.add("item:" + each.annotationType().getSimpleName());
                        }
                    }
                    inside(argument);
                }
            }
        }

        boolean has(String... names) {
            return constraints.stream().anyMatch(mark -> List.of(names).contains(mark.annotationType().getSimpleName()));
        }

        boolean secret() {
            if (pluginProperty == null) {
                return false;
            }
            return Boolean.TRUE.equals(values(pluginProperty).get("secret"));
        }

        Object value(Object holder) {
            if (holder == null || field == null) {
                return null;
            }
            try {
                field.setAccessible(true);
                return field.get(holder);
            } catch (ReflectiveOperationException | RuntimeException error) {
                return null;
            }
        }

        static Map<String, Object> values(Annotation annotation) {
            Map<String, Object> values = new TreeMap<>();
            for (Method method : annotation.annotationType().getDeclaredMethods()) {
                try {
                    method.setAccessible(true);
                    values.put(method.getName(), method.invoke(annotation));
                } catch (ReflectiveOperationException error) {
                    throw new IllegalStateException(error);
                }
            }
            return values;
        }
    }
}
