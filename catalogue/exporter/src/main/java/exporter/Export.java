package exporter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.kestra.core.models.Plugin;
import io.kestra.core.plugins.DefaultPluginRegistry;
import io.kestra.core.plugins.PluginRegistry;
import io.kestra.core.plugins.RegisteredPlugin;
import io.micronaut.context.ApplicationContext;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes what the Kestra on the class path knows as catalogue records: `types`, `language`, or
 * `sources DIRECTORY...` for plugins whose sources lie in these directories (one a repository). */
public final class Export {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private Export() {
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        // Kestra and its libraries write to standard output at will.
        System.setOut(System.err);
        int status = 1;
        try {
            PluginRegistry registry = DefaultPluginRegistry.getOrCreate();
            switch (arguments.length == 0 ? "" : arguments[0]) {
                case "types" -> types(registry, out);
                case "language" -> out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(Language.facts(start(registry))));
                case "sources" -> sources(registry, List.of(arguments).subList(1, arguments.length), out);
                default -> throw new IllegalArgumentException("types, language or sources DIRECTORY...");
            }
            out.flush();
            status = 0;
        } catch (Throwable error) {
            error.printStackTrace();
        } finally {
            // Kestra's threads would keep the process alive.
            Runtime.getRuntime().halt(status);
        }
    }

    /** Starts as much of Kestra as its expression engine needs. */
    private static ApplicationContext start(PluginRegistry registry) throws Exception {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("kestra.repository.type", "memory");
        settings.put("kestra.queue.type", "memory");
        settings.put("kestra.storage.type", "local");
        settings.put("kestra.storage.local.base-path", Files.createTempDirectory("exporter").toString());
        settings.put("kestra.server-type", "STANDALONE");
        settings.put("kestra.url", "http://localhost/");
        settings.put("kestra.anonymous-usage-report.enabled", false);
        settings.put("kestra.tutorial-flows.enabled", false);
        settings.put("kestra.templates.enabled", true);
        settings.put("kestra.server.service.purge.initial-delay", "1h");
        settings.put("kestra.server.service.purge.fixed-delay", "1h");
        settings.put("micronaut.otel.enabled", false);
        settings.put("micronaut.server.port", -1);
        settings.put("micronaut.application.name", "kestra");
        settings.put("micronaut.http.services.api.url", "http://127.0.0.1:9");
        ApplicationContext context = ApplicationContext.builder()
            .environments("cli", "test").deduceEnvironment(false).properties(settings).build();
        context.registerSingleton(PluginRegistry.class, registry, null, false);
        context.start();
        return context;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void types(PluginRegistry registry, PrintStream out) throws Exception {
        Schemas schemas = new Schemas(kinds(registry));
        Map<String, Map<String, Object>> types = new TreeMap<>();
        for (RegisteredPlugin plugin : registry.plugins()) {
            Map<String, TreeSet<String>> aliases = new HashMap<>();
            plugin.getAliases().values()
                .forEach(alias -> aliases.computeIfAbsent(alias.getValue().getName(), name -> new TreeSet<>()).add(alias.getKey()));
            plugin.allClassGrouped().forEach((group, classes) -> {
                for (Object each : (List) classes) {
                    Class<?> type = (Class<?>) each;
                    Map<String, Object> record = schemas.type(type);
                    record.put("type", type.getName());
                    record.put("kind", Kinds.ofGroup(group));
                    record.put("source", "library");
                    record.put("complete", true);
                    if (aliases.containsKey(type.getName())) {
                        record.put("aliases", aliases.get(type.getName()));
                    }
                    if (type.isAnnotationPresent(Deprecated.class)) {
                        record.put("deprecated", true);
                    }
                    if (Plugin.isInternal(type)) {
                        record.put("internal", true);
                    }
                    List<String> traits = Kinds.traits(type);
                    if (!traits.isEmpty()) {
                        record.put("traits", traits);
                    }
                    types.put(type.getName(), record);
                }
            });
        }
        schemas.flow();
        for (Map<String, Object> base : factor(types)) {
            out.println(JSON.writeValueAsString(base));
        }
        for (Map<String, Object> definition : schemas.definitions().values()) {
            out.println(JSON.writeValueAsString(definition));
        }
        for (Map<String, Object> type : types.values()) {
            out.println(JSON.writeValueAsString(type));
        }
        System.err.println("exported " + types.size() + " types, " + schemas.definitions().size() + " definitions");
    }

    /** Kinds of the plugin classes on the class path. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<Class<?>, String> kinds(PluginRegistry registry) {
        Map<Class<?>, String> kinds = new HashMap<>();
        for (RegisteredPlugin plugin : registry.plugins()) {
            plugin.allClassGrouped().forEach((group, classes) -> {
                for (Object type : (List) classes) {
                    kinds.put((Class<?>) type, Kinds.ofGroup(group));
                }
            });
        }
        return kinds;
    }

    private static void sources(PluginRegistry registry, List<String> directories, PrintStream out) throws Exception {
        Schemas schemas = new Schemas(kinds(registry));
        Sources sources = new Sources(schemas);
        for (String directory : directories) {
            sources.read(Path.of(directory));
        }
        List<Map<String, Object>> types = sources.types();
        Map<String, Map<String, Object>> definitions = new TreeMap<>(schemas.definitions());
        definitions.putAll(sources.definitions());
        for (Map<String, Object> definition : definitions.values()) {
            out.println(JSON.writeValueAsString(definition));
        }
        for (Map<String, Object> type : types) {
            out.println(JSON.writeValueAsString(type));
        }
        System.err.println("read " + types.size() + " types, " + definitions.size() + " definitions");
    }

    /** Takes the properties that all types of a kind have alike out of them: they make the base of the kind. */
    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> factor(Map<String, Map<String, Object>> types) {
        Map<String, List<Map<String, Object>>> byKind = new TreeMap<>();
        types.values().forEach(type -> byKind.computeIfAbsent((String) type.get("kind"), kind -> new ArrayList<>()).add(type));
        List<Map<String, Object>> bases = new ArrayList<>();
        byKind.forEach((kind, members) -> {
            if (members.size() < 2) {
                return;
            }
            Map<String, Object> common = new TreeMap<>((Map<String, Object>) members.get(0).get("properties"));
            for (Map<String, Object> member : members) {
                Map<String, Object> properties = (Map<String, Object>) member.get("properties");
                common.entrySet().removeIf(entry -> !entry.getValue().equals(properties.get(entry.getKey())));
            }
            for (Map<String, Object> member : members) {
                ((Map<String, Object>) member.get("properties")).keySet().removeAll(common.keySet());
                member.put("base_properties", kind);
            }
            bases.add(new TreeMap<>(Map.of("base", kind, "properties", common)));
        });
        return bases;
    }
}
