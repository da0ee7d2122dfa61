package exporter;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ArrayTypeTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.PrimitiveTypeTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.tree.WildcardTree;
import com.sun.source.util.JavacTask;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Reads the sources of plugins without compiling them: the facts that annotations and declared types
 * give. What comes from libraries that are not at hand is taken for anything.
 */
final class Sources {
    /** A class of the sources. */
    private record Source(String name, ClassTree tree, CompilationUnitTree unit, String outer, String module) {
        boolean has(Modifier modifier) {
            return tree.getModifiers().getFlags().contains(modifier);
        }
    }

    private final Schemas schemas;
    private final Map<String, Source> classes = new HashMap<>();
    private final Map<String, Map<String, Object>> definitions = new TreeMap<>();

    Sources(Schemas schemas) {
        this.schemas = schemas;
    }

    Map<String, Map<String, Object>> definitions() {
        return definitions;
    }

    /** Parses the Java files below a directory: one plugin repository. */
    void read(Path directory) throws IOException {
        String module = module(directory);
        List<Path> files;
        try (Stream<Path> walk = Files.walk(directory)) {
            files = walk.filter(path -> path.toString().endsWith(".java")).sorted().toList();
        }
        if (files.isEmpty()) {
            return;
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var manager = compiler.getStandardFileManager(diagnostic -> { }, null, null);
        JavacTask task = (JavacTask) compiler.getTask(null, manager, diagnostic -> { }, List.of("-proc:none"), null,
            manager.getJavaFileObjectsFromPaths(files));
        for (CompilationUnitTree unit : task.parse()) {
            String prefix = unit.getPackageName() == null ? "" : unit.getPackageName() + ".";
            for (Tree declaration : unit.getTypeDecls()) {
                if (declaration instanceof ClassTree tree) {
                    add(prefix + tree.getSimpleName(), tree, unit, null, module);
                }
            }
        }
    }

    /** The repository's name and the version that its build file states. */
    private static String module(Path directory) throws IOException {
        Path properties = directory.resolve("gradle.properties");
        String version = "of unknown version";
        if (Files.exists(properties)) {
            for (String line : Files.readAllLines(properties)) {
                if (line.startsWith("version=")) {
                    version = line.substring("version=".length()).strip();
                }
            }
        }
        return directory.getFileName() + " " + version;
    }

    private void add(String name, ClassTree tree, CompilationUnitTree unit, String outer, String module) {
        classes.putIfAbsent(name, new Source(name, tree, unit, outer, module));
        for (Tree member : tree.getMembers()) {
            if (member instanceof ClassTree nested) {
                add(name + "$" + nested.getSimpleName(), nested, unit, name, module);
            }
        }
    }

    /** Records of the plugins among the classes. */
    List<Map<String, Object>> types() {
        Map<String, Map<String, Object>> records = new TreeMap<>();
        for (Source source : classes.values()) {
            if (annotation(source.tree().getModifiers(), "Plugin") == null || source.has(Modifier.ABSTRACT)) {
                continue;
            }
            Set<String> lineage = lineage(source);
            String kind = kind(lineage);
            Map<String, Object> record = new TreeMap<>();
            record.put("type", source.name());
            record.put("kind", kind);
            record.put("source", "text:" + source.module());
            List<String> traits = Kinds.traitsOf(lineage);
            if (!traits.isEmpty()) {
                record.put("traits", traits);
            }
            Object aliases = value(annotation(source.tree().getModifiers(), "Plugin"), "aliases");
            if (aliases != null) {
                record.put("aliases", aliases instanceof List<?> ? aliases : List.of(aliases));
            }
            if (annotation(source.tree().getModifiers(), "Deprecated") != null) {
                record.put("deprecated", true);
            }
            if (Boolean.TRUE.equals(value(annotation(source.tree().getModifiers(), "Plugin"), "internal"))) {
                record.put("internal", true);
            }
            Map<String, Object> properties = new TreeMap<>();
            boolean whole = collect(source, properties, new LinkedHashSet<>());
            if (!whole) {
                // A superclass is not at hand: what is listed is true, what isn't may exist.
                record.put("open", true);
            }
            record.put("properties", properties);
            Object outputs = outputs(source);
            if (outputs != null) {
                record.put("outputs", Map.of("properties", outputs));
            }
            records.put(source.name(), record);
        }
        return new ArrayList<>(records.values());
    }

    // ------------------------------------------------------------------ names

    /** The class that a name means inside a class: nested, imported, of the same package, of `java.lang`. */
    private String resolve(String name, Source inside) {
        String first = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
        String rest = name.substring(first.length()).replace('.', '$');
        Set<String> seen = new LinkedHashSet<>();
        List<Source> queue = new ArrayList<>(List.of(inside));
        while (!queue.isEmpty()) {
            Source scope = queue.remove(0);
            if (!seen.add(scope.name())) {
                continue;
            }
            if (classes.containsKey(scope.name() + "$" + first)) {
                return scope.name() + "$" + first + rest;
            }
            if (scope.tree().getSimpleName().contentEquals(first)) {
                return scope.name() + rest;
            }
            if (scope.outer() != null) {
                queue.add(classes.get(scope.outer()));
            }
            for (Tree parent : parents(scope)) {
                String plain = plain(parent);
                if (!plain.equals(name) && !plain.startsWith(first + ".")) {
                    Source found = classes.get(imported(plain, scope));
                    if (found != null) {
                        queue.add(found);
                    }
                }
            }
        }
        return imported(name, inside);
    }

    private String imported(String name, Source inside) {
        String first = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
        String rest = name.substring(first.length()).replace('.', '$');
        List<String> wildcards = new ArrayList<>();
        for (ImportTree each : inside.unit().getImports()) {
            String target = each.getQualifiedIdentifier().toString();
            if (target.endsWith("." + first)) {
                return nested(target) + rest;
            }
            if (target.endsWith(".*")) {
                wildcards.add(target.substring(0, target.length() - 2));
            }
        }
        if (Character.isLowerCase(first.charAt(0)) && name.contains(".")) {
            return nested(name);
        }
        String own = inside.unit().getPackageName() == null ? "" : inside.unit().getPackageName() + ".";
        if (classes.containsKey(own + first)) {
            return own + first + rest;
        }
        wildcards.add("java.lang");
        for (String wildcard : wildcards) {
            if (classes.containsKey(wildcard + "." + first) || load(wildcard + "." + first) != null) {
                return wildcard + "." + first + rest;
            }
        }
        return own + first + rest;
    }

    /** `a.b.Outer.Inner` as Java's own name, `a.b.Outer$Inner`. */
    private static String nested(String name) {
        StringBuilder out = new StringBuilder();
        boolean inClass = false;
        for (String segment : name.split("\\.")) {
            if (!out.isEmpty()) {
                out.append(inClass ? '$' : '.');
            }
            inClass |= !segment.isEmpty() && Character.isUpperCase(segment.charAt(0));
            out.append(segment);
        }
        return out.toString();
    }

    private static String plain(Tree type) {
        if (type instanceof ParameterizedTypeTree parameterized) {
            return parameterized.getType().toString();
        }
        return type.toString();
    }

    private static List<Tree> parents(Source source) {
        List<Tree> parents = new ArrayList<>();
        if (source.tree().getExtendsClause() != null) {
            parents.add(source.tree().getExtendsClause());
        }
        parents.addAll(source.tree().getImplementsClause());
        return parents;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, Sources.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError absent) {
            return null;
        }
    }

    /** The simple names of all that a class extends and implements, as far as it is at hand. */
    private Set<String> lineage(Source source) {
        Set<String> names = new LinkedHashSet<>();
        List<Source> queue = new ArrayList<>(List.of(source));
        while (!queue.isEmpty()) {
            Source each = queue.remove(0);
            for (Tree parent : parents(each)) {
                String name = resolve(plain(parent), each);
                if (!names.add(name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1))) {
                    continue;
                }
                if (classes.containsKey(name)) {
                    queue.add(classes.get(name));
                } else if (load(name) != null) {
                    names.addAll(Kinds.lineage(load(name)));
                }
            }
        }
        return names;
    }

    private static String kind(Set<String> lineage) {
        Map<String, String> kinds = new java.util.LinkedHashMap<>();
        kinds.put("Task", "task");
        kinds.put("AbstractTrigger", "trigger");
        kinds.put("Condition", "condition");
        kinds.put("TaskRunner", "task-runner");
        kinds.put("LogExporter", "log-exporter");
        kinds.put("StorageInterface", "storage");
        kinds.put("AdditionalPlugin", "additional");
        kinds.put("Chart", "chart");
        kinds.put("DataFilter", "data-filter");
        kinds.put("Asset", "asset");
        for (Map.Entry<String, String> each : kinds.entrySet()) {
            if (lineage.contains(each.getKey())) {
                return each.getValue();
            }
        }
        return "unknown";
    }

    // ------------------------------------------------------------------ properties

    /** Collects the properties of a class and its superclasses; false where one of them is not at hand. */
    private boolean collect(Source source, Map<String, Object> into, Set<String> seen) {
        if (!seen.add(source.name())) {
            return true;
        }
        boolean whole = true;
        for (Tree member : source.tree().getMembers()) {
            if (member instanceof VariableTree field && !field.getModifiers().getFlags().contains(Modifier.STATIC)) {
                String name = key(field);
                if (name != null && !into.containsKey(name)) {
                    into.put(name, property(field, name, source));
                }
            }
        }
        Tree parent = source.tree().getExtendsClause();
        if (parent != null) {
            String name = resolve(plain(parent), source);
            if (classes.containsKey(name)) {
                whole = collect(classes.get(name), into, seen);
            } else if (load(name) != null) {
                schemas.declared(load(name)).forEach(into::putIfAbsent);
            } else {
                whole = false;
            }
        }
        return whole;
    }

    /** The key of a field in YAML; none where Jackson doesn't see it. */
    private static String key(VariableTree field) {
        ModifiersTree modifiers = field.getModifiers();
        if (modifiers.getFlags().contains(Modifier.TRANSIENT) || annotation(modifiers, "JsonIgnore") != null) {
            return null;
        }
        AnnotationTree getter = annotation(modifiers, "Getter");
        if (getter != null && getter.getArguments().toString().contains("NONE")) {
            return null;
        }
        Object renamed = value(annotation(modifiers, "JsonProperty"), "value");
        if (renamed instanceof String text && !text.isEmpty()) {
            return text;
        }
        String name = field.getName().toString();
        return name.startsWith("_") ? name.substring(1) : name;
    }

    private Object property(VariableTree field, String name, Source source) {
        List<ModifiersTree> all = new ArrayList<>(List.of(field.getModifiers()));
        all.addAll(getters(field.getName().toString(), source));
        Map<String, Object> out = new TreeMap<>();
        boolean typed = resolve(plain(field.getType()), source).equals("io.kestra.core.models.property.Property");
        Object node = typed ? node(argument(field.getType(), 0), source, 0) : node(field.getType(), source, 0);
        if (find(all, "JsonDeserialize") != null) {
            node = "any";
        }
        if (node instanceof Map<?, ?> map) {
            map.forEach((key, value) -> out.put((String) key, value));
        } else {
            out.put("is", node);
        }
        boolean present = field.getInitializer() != null || field.getType() instanceof PrimitiveTypeTree;
        if (find(all, "NotNull") != null || find(all, "NotBlank") != null || find(all, "NotEmpty") != null) {
            out.put(present ? "notNull" : "required", true);
        }
        if (find(all, "NotBlank") != null && !typed) {
            out.put("notBlank", true);
        }
        if (find(all, "NotEmpty") != null && !typed) {
            out.put(out.containsKey("list") || out.containsKey("map") ? "min" : "minLength", 1);
        }
        AnnotationTree plugin = find(all, "PluginProperty");
        if (typed) {
            out.put("render", "typed");
        } else if (plugin != null) {
            out.put("render", Boolean.TRUE.equals(value(plugin, "dynamic")) ? "yes" : "no");
        }
        if (Boolean.TRUE.equals(value(plugin, "secret"))) {
            out.put("secret", true);
        }
        AnnotationTree schema = find(all, "Schema");
        if (find(all, "Deprecated") != null || Boolean.TRUE.equals(value(schema, "deprecated"))) {
            out.put("deprecated", true);
        }
        if (Boolean.TRUE.equals(value(schema, "hidden")) || find(all, "Hidden") != null) {
            out.put("hidden", true);
        }
        if (find(all, "Valid") != null) {
            out.put("valid", true);
        }
        Object aliases = value(find(all, "JsonAlias"), "value");
        if (aliases != null) {
            out.put("aliases", aliases instanceof List<?> ? aliases : List.of(aliases));
        }
        Object written = written(field.getInitializer());
        if (written != null) {
            out.put("default", written);
        }
        return out.size() == 1 && out.containsKey("is") ? out.get("is") : out;
    }

    /** Annotations on a getter, in the class or in the interfaces of the sources that it implements. */
    private List<ModifiersTree> getters(String field, Source source) {
        String capital = Character.toUpperCase(field.charAt(0)) + field.substring(1);
        Set<String> names = Set.of("get" + capital, "is" + capital);
        List<ModifiersTree> found = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        List<Source> queue = new ArrayList<>(List.of(source));
        while (!queue.isEmpty()) {
            Source each = queue.remove(0);
            if (!seen.add(each.name())) {
                continue;
            }
            for (Tree member : each.tree().getMembers()) {
                if (member instanceof MethodTree method && method.getParameters().isEmpty()
                    && names.contains(method.getName().toString())) {
                    found.add(method.getModifiers());
                }
            }
            for (Tree parent : parents(each)) {
                String name = resolve(plain(parent), each);
                if (classes.containsKey(name)) {
                    queue.add(classes.get(name));
                }
            }
        }
        return found;
    }

    // ------------------------------------------------------------------ types

    private static Tree argument(Tree type, int index) {
        if (type instanceof ParameterizedTypeTree parameterized && parameterized.getTypeArguments().size() > index) {
            return parameterized.getTypeArguments().get(index);
        }
        return null;
    }

    private Object node(Tree type, Source source, int depth) {
        if (type == null || type instanceof WildcardTree || depth > 12) {
            return "any";
        }
        if (type instanceof com.sun.source.tree.AnnotatedTypeTree annotated) {
            return node(annotated.getUnderlyingType(), source, depth);
        }
        if (type instanceof ArrayTypeTree array) {
            return array.getType().toString().equals("byte") ? "string:base64"
                : new TreeMap<>(Map.of("list", node(array.getType(), source, depth + 1)));
        }
        if (type instanceof PrimitiveTypeTree) {
            return Scalars.ofName(type.toString());
        }
        String name = resolve(plain(type), source);
        switch (name) {
            case "java.util.List", "java.util.Collection", "java.util.Set", "java.util.ArrayList", "java.util.SortedSet" -> {
                return new TreeMap<>(Map.of("list", node(argument(type, 0), source, depth + 1)));
            }
            case "java.util.Map", "java.util.HashMap", "java.util.LinkedHashMap", "java.util.SortedMap" -> {
                return new TreeMap<>(Map.of("map", node(argument(type, 1), source, depth + 1)));
            }
            case "java.util.Optional", "io.kestra.core.models.property.Property" -> {
                return node(argument(type, 0), source, depth + 1);
            }
            default -> {
            }
        }
        String scalar = Scalars.ofName(name);
        if (scalar != null) {
            return scalar;
        }
        Source found = classes.get(name);
        if (found == null) {
            Class<?> loaded = load(name);
            return loaded == null ? "any" : schemas.node(loaded);
        }
        return switch (found.tree().getKind()) {
            case ENUM -> enumeration(found);
            case CLASS, RECORD -> reference(found);
            default -> "any";
        };
    }

    private static Object enumeration(Source source) {
        List<String> names = new ArrayList<>();
        for (Tree member : source.tree().getMembers()) {
            if (member instanceof MethodTree method && annotation(method.getModifiers(), "JsonCreator") != null) {
                return "string";
            }
            if (member instanceof VariableTree constant && constant.getType().toString().equals(source.tree().getSimpleName().toString())
                && constant.getModifiers().getFlags().contains(Modifier.STATIC) && constant.getInitializer() != null) {
                Object renamed = value(annotation(constant.getModifiers(), "JsonProperty"), "value");
                names.add(renamed instanceof String text ? text : constant.getName().toString());
            }
        }
        return names.isEmpty() ? "string" : new TreeMap<>(Map.of("enum", names));
    }

    private Object reference(Source source) {
        Set<String> lineage = lineage(source);
        String kind = kind(lineage);
        if (!kind.equals("unknown")) {
            return source.has(Modifier.ABSTRACT) && !kind.equals("additional") ? "plugin:" + kind
                : source.has(Modifier.ABSTRACT) ? slot(source, kind)
                : new TreeMap<>(Map.of("plugin", kind, "types", List.of(source.name())));
        }
        ModifiersTree modifiers = source.tree().getModifiers();
        boolean special = Stream.of("JsonTypeInfo", "JsonDeserialize", "JsonCreator").anyMatch(name -> annotation(modifiers, name) != null)
            && annotation(modifiers, "Jacksonized") == null;
        if (source.has(Modifier.ABSTRACT) || special || !source.tree().getTypeParameters().isEmpty()) {
            return "any";
        }
        if (!definitions.containsKey(source.name())) {
            Map<String, Object> definition = new TreeMap<>(Map.of("definition", source.name()));
            // Entered before it is filled: classes may hold themselves.
            definitions.put(source.name(), definition);
            Map<String, Object> properties = new TreeMap<>();
            boolean whole = collect(source, properties, new LinkedHashSet<>());
            AnnotationTree ignoring = annotation(modifiers, "JsonIgnoreProperties");
            if (!whole || Boolean.TRUE.equals(value(ignoring, "ignoreUnknown"))) {
                definition.put("open", true);
            }
            definition.put("properties", properties);
        }
        return "#" + source.name();
    }

    /** The plugins that extend an abstract plugin of plugins. */
    private Object slot(Source source, String kind) {
        String simple = source.tree().getSimpleName().toString();
        TreeSet<String> types = new TreeSet<>();
        for (Source each : classes.values()) {
            if (!each.has(Modifier.ABSTRACT) && annotation(each.tree().getModifiers(), "Plugin") != null && lineage(each).contains(simple)) {
                types.add(each.name());
            }
        }
        return new TreeMap<>(Map.of("plugin", kind, "types", new ArrayList<>(types)));
    }

    // ------------------------------------------------------------------ outputs

    /** The fields of the class that a plugin names as its outputs. */
    private Object outputs(Source source) {
        Set<String> seen = new LinkedHashSet<>();
        List<Source> queue = new ArrayList<>(List.of(source));
        while (!queue.isEmpty()) {
            Source each = queue.remove(0);
            if (!seen.add(each.name())) {
                continue;
            }
            for (Tree parent : parents(each)) {
                if (parent instanceof ParameterizedTypeTree parameterized) {
                    for (Tree argument : parameterized.getTypeArguments()) {
                        String name = resolve(plain(argument), each);
                        Source found = classes.get(name);
                        if (found != null && lineage(found).contains("Output")) {
                            Map<String, Object> properties = new TreeMap<>();
                            return collect(found, properties, new LinkedHashSet<>()) ? properties : null;
                        }
                        if (name.equals("io.kestra.core.models.tasks.VoidOutput")) {
                            return Map.of();
                        }
                        Class<?> loaded = load(name);
                        if (loaded != null && io.kestra.core.models.tasks.Output.class.isAssignableFrom(loaded)) {
                            return schemas.written(loaded);
                        }
                    }
                }
                Source found = classes.get(resolve(plain(parent), each));
                if (found != null) {
                    queue.add(found);
                } else if (load(resolve(plain(parent), each)) != null) {
                    Object inherited = schemas.outputsOf(load(resolve(plain(parent), each)));
                    if (inherited != null) {
                        return inherited;
                    }
                }
            }
        }
        return null;
    }

    // ------------------------------------------------------------------ annotations

    private static AnnotationTree find(List<ModifiersTree> all, String name) {
        for (ModifiersTree each : all) {
            AnnotationTree found = annotation(each, name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static AnnotationTree annotation(ModifiersTree modifiers, String name) {
        for (AnnotationTree each : modifiers.getAnnotations()) {
            String type = each.getAnnotationType().toString();
            if (type.equals(name) || type.endsWith("." + name)) {
                return each;
            }
        }
        return null;
    }

    private static Object value(AnnotationTree annotation, String key) {
        if (annotation == null) {
            return null;
        }
        for (ExpressionTree each : annotation.getArguments()) {
            if (each instanceof AssignmentTree assignment && assignment.getVariable().toString().equals(key)) {
                return constant(assignment.getExpression());
            }
            if (!(each instanceof AssignmentTree) && key.equals("value")) {
                return constant(each);
            }
        }
        return null;
    }

    private static Object constant(ExpressionTree expression) {
        if (expression instanceof LiteralTree literal) {
            return literal.getValue();
        }
        if (expression instanceof NewArrayTree array && array.getInitializers() != null) {
            List<Object> values = new ArrayList<>();
            for (ExpressionTree each : array.getInitializers()) {
                if (constant(each) != null) {
                    values.add(constant(each));
                }
            }
            return values;
        }
        return null;
    }

    /** A default as it would be written, where it is a literal. */
    private static Object written(ExpressionTree initializer) {
        if (initializer instanceof LiteralTree literal) {
            Object value = literal.getValue();
            return value instanceof String text && text.length() > 80 ? null : value;
        }
        if (initializer instanceof UnaryTree unary && unary.getKind() == Tree.Kind.UNARY_MINUS
            && unary.getExpression() instanceof LiteralTree literal) {
            return literal.getValue() instanceof Integer number ? -number : null;
        }
        if (initializer instanceof MethodInvocationTree call && call.getArguments().size() == 1) {
            String method = call.getMethodSelect().toString();
            if (method.matches("Property\\.(of|ofValue)")) {
                ExpressionTree argument = call.getArguments().get(0);
                String text = argument.toString();
                if (text.matches("[A-Z][A-Za-z]*(\\.[A-Z][A-Za-z]*)*\\.[A-Z][A-Z0-9_]*")) {
                    return text.endsWith(".TRUE") ? Boolean.TRUE : text.endsWith(".FALSE") ? Boolean.FALSE
                        : text.substring(text.lastIndexOf('.') + 1);
                }
                return written(argument);
            }
        }
        return null;
    }
}
