package exporter;

import io.kestra.core.runners.pebble.PebbleEngineFactory;
import io.micronaut.context.ApplicationContext;
import io.pebbletemplates.pebble.PebbleEngine;
import io.pebbletemplates.pebble.extension.ExtensionRegistry;
import io.pebbletemplates.pebble.extension.NamedArguments;
import io.pebbletemplates.pebble.operator.BinaryOperator;
import io.pebbletemplates.pebble.operator.UnaryOperator;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.TreeMap;

/** What the expression engine knows: functions, filters, tests, tags, operators. */
final class Language {
    private Language() {
    }

    static Map<String, Object> facts(ApplicationContext context) throws Exception {
        PebbleEngine engine = context.getBean(PebbleEngineFactory.class).create();
        ExtensionRegistry registry = engine.getExtensionRegistry();
        Map<String, Object> facts = new TreeMap<>();
        facts.put("functions", arguments(table(registry, "functions")));
        facts.put("filters", arguments(table(registry, "filters")));
        facts.put("tests", arguments(table(registry, "tests")));
        facts.put("tags", table(registry, "tokenParsers").keySet());
        Map<String, Object> binary = new TreeMap<>();
        table(registry, "binaryOperators").forEach((symbol, operator) -> {
            BinaryOperator found = (BinaryOperator) operator;
            binary.put(symbol, new TreeMap<>(Map.of(
                "precedence", found.getPrecedence(),
                "associativity", found.getAssociativity().name().toLowerCase(),
                "type", found.getType().name().toLowerCase())));
        });
        facts.put("binary_operators", binary);
        Map<String, Object> unary = new TreeMap<>();
        table(registry, "unaryOperators").forEach((symbol, operator) -> unary.put(symbol, ((UnaryOperator) operator).getPrecedence()));
        facts.put("unary_operators", unary);
        return facts;
    }

    private static Map<String, Object> arguments(Map<String, ?> table) {
        Map<String, Object> all = new TreeMap<>();
        table.forEach((name, each) -> {
            Object names = null;
            if (each instanceof NamedArguments named) {
                try {
                    names = named.getArgumentNames();
                } catch (RuntimeException error) {
                    System.err.println(name + " doesn't tell its arguments: " + error);
                }
            }
            all.put(name, names);
        });
        return all;
    }

    private static Map<String, ?> table(ExtensionRegistry registry, String name) throws ReflectiveOperationException {
        Field field = ExtensionRegistry.class.getDeclaredField(name);
        field.setAccessible(true);
        return new TreeMap<>((Map<String, ?>) field.get(registry));
    }
}
