package exporter;

import java.util.Map;

/** Java classes that YAML writes as one scalar, and classes of which anything may be written. */
final class Scalars {
    private static final Map<String, String> NAMES = Map.ofEntries(
        Map.entry("boolean", "boolean"), Map.entry("java.lang.Boolean", "boolean"),
        Map.entry("byte", "integer"), Map.entry("java.lang.Byte", "integer"),
        Map.entry("short", "integer"), Map.entry("java.lang.Short", "integer"),
        Map.entry("int", "integer"), Map.entry("java.lang.Integer", "integer"),
        Map.entry("long", "long"), Map.entry("java.lang.Long", "long"),
        Map.entry("java.math.BigInteger", "long"),
        Map.entry("float", "number"), Map.entry("java.lang.Float", "number"),
        Map.entry("double", "number"), Map.entry("java.lang.Double", "number"),
        Map.entry("java.math.BigDecimal", "number"), Map.entry("java.lang.Number", "number"),
        Map.entry("char", "string"), Map.entry("java.lang.Character", "string"),
        Map.entry("java.lang.String", "string"), Map.entry("java.lang.CharSequence", "string"),
        Map.entry("java.time.Duration", "duration"),
        Map.entry("java.net.URI", "uri"),
        Map.entry("java.time.LocalDate", "date"),
        Map.entry("java.time.LocalTime", "time"),
        Map.entry("java.time.OffsetTime", "time"),
        Map.entry("java.time.ZonedDateTime", "date-time"),
        Map.entry("java.time.OffsetDateTime", "date-time"),
        Map.entry("java.time.LocalDateTime", "date-time"),
        Map.entry("java.time.Instant", "date-time"),
        Map.entry("java.time.ZoneId", "string:zone"),
        Map.entry("java.util.TimeZone", "string:zone"),
        Map.entry("java.util.Locale", "string:locale"),
        Map.entry("java.nio.charset.Charset", "string:charset"),
        Map.entry("java.nio.file.Path", "string:path"),
        Map.entry("java.io.File", "string:path"),
        Map.entry("java.util.regex.Pattern", "string:regex"),
        Map.entry("java.util.UUID", "string:uuid"),
        Map.entry("java.lang.Class", "string:class"),
        Map.entry("java.lang.Object", "any"),
        Map.entry("java.io.Serializable", "any"),
        Map.entry("com.fasterxml.jackson.databind.JsonNode", "any"));

    private Scalars() {
    }

    static String of(Class<?> type) {
        return ofName(type.getName());
    }

    static String ofName(String name) {
        return NAMES.get(name);
    }
}
