package exporter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The words of the catalogue for kinds of plugins and for what they can do. */
final class Kinds {
    private static final Map<String, String> GROUPS = Map.ofEntries(
        Map.entry("tasks", "task"),
        Map.entry("triggers", "trigger"),
        Map.entry("conditions", "condition"),
        Map.entry("task-runners", "task-runner"),
        Map.entry("log-exporters", "log-exporter"),
        Map.entry("storages", "storage"),
        Map.entry("secrets", "secret"),
        Map.entry("charts", "chart"),
        Map.entry("data-filters", "data-filter"),
        Map.entry("data-filters-kpi", "data-filter-kpi"),
        Map.entry("assets", "asset"),
        Map.entry("assets-exporters", "asset-exporter"),
        Map.entry("additional-plugins", "additional"),
        Map.entry("file-renderers", "file-renderer"),
        Map.entry("log-data-stores", "log-data-store"),
        Map.entry("apps", "app"),
        Map.entry("app-blocks", "app"));

    /** Abstract classes whose place a plugin takes: the simple name and the kind. */
    private static final Map<String, String> SLOTS = Map.ofEntries(
        Map.entry("Task", "task"),
        Map.entry("TaskInterface", "task"),
        Map.entry("AbstractTrigger", "trigger"),
        Map.entry("TriggerInterface", "trigger"),
        Map.entry("Condition", "condition"),
        Map.entry("ScheduleCondition", "condition"),
        Map.entry("TaskRunner", "task-runner"),
        Map.entry("LogExporter", "log-exporter"),
        Map.entry("Chart", "chart"),
        Map.entry("DataFilter", "data-filter"),
        Map.entry("DataFilterKPI", "data-filter-kpi"),
        Map.entry("Asset", "asset"),
        Map.entry("AdditionalPlugin", "additional"));

    private static final Map<String, String> TRAITS = new LinkedHashMap<>();

    static {
        TRAITS.put("FlowableTask", "flowable");
        TRAITS.put("RunnableTask", "runnable");
        TRAITS.put("ExecutableTask", "executable");
        TRAITS.put("PollingTriggerInterface", "polling");
        TRAITS.put("RealtimeTriggerInterface", "realtime");
        TRAITS.put("ScheduleCondition", "schedule-condition");
        TRAITS.put("InputFilesInterface", "input-files");
        TRAITS.put("OutputFilesInterface", "output-files");
        TRAITS.put("NamespaceFilesInterface", "namespace-files");
        TRAITS.put("WorkerJobLifecycle", "worker-job");
    }

    private Kinds() {
    }

    static String ofGroup(String group) {
        return GROUPS.getOrDefault(group, "unknown");
    }

    static String ofSlot(Class<?> type) {
        return type.getName().startsWith("io.kestra.core.") ? SLOTS.get(type.getSimpleName()) : null;
    }

    static List<String> traits(Class<?> type) {
        return traitsOf(lineage(type));
    }

    static List<String> traitsOf(Set<String> lineage) {
        List<String> traits = new ArrayList<>();
        TRAITS.forEach((name, word) -> {
            if (lineage.contains(name)) {
                traits.add(word);
            }
        });
        return traits;
    }

    /** The simple names of all that a class extends and implements. */
    static Set<String> lineage(Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            names.add(each.getSimpleName());
            collect(each, names);
        }
        return names;
    }

    private static void collect(Class<?> type, Set<String> names) {
        for (Class<?> each : type.getInterfaces()) {
            names.add(each.getSimpleName());
            collect(each, names);
        }
    }
}
