package io.headgate.filter;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.DatasetSpec;
import io.headgate.api.DatasetSpec.Format;
import io.headgate.api.DatasetSpec.Limits;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** Datasets, each its team's own, over tables that the team owns. */
final class DatasetKind implements ConfigKind<DatasetSpec> {

    private static final String DATABASE = "database";
    private static final String COLUMNS = "columns";

    private static final ResourceId DEFAULT_DATABASE = new ResourceId(ResourceId.PLATFORM, "main");
    private static final Set<Format> DEFAULT_FORMATS = EnumSet.of(Format.CSV, Format.XLSX, Format.NDJSON);
    private static final Pattern TABLE = Pattern.compile("[a-z_][a-z0-9_]{0,62}(\\.[a-z_][a-z0-9_]{0,62})?");
    private static final int MAX_COLUMNS = 200;

    private static final long DEFAULT_ROWS = 10_000_000;
    private static final long MAX_ROWS = 1_000_000_000;
    /** Of a planner with PostgreSQL's own settings; about a second of work. */
    private static final long DEFAULT_PAGE_COST = 100_000;

    private static final long DEFAULT_EXPORT_COST = 100_000_000;
    private static final long MAX_COST = 1_000_000_000_000L;

    @Override
    public String kind() {
        return "Dataset";
    }

    @Override
    public String plural() {
        return "datasets";
    }

    @Override
    public Class<DatasetSpec> specType() {
        return DatasetSpec.class;
    }

    /** What is left out is written down, so that whoever looks for what names a database finds it. */
    @Override
    public Prepared prepare(ObjectNode spec, Optional<ObjectNode> before) {
        ObjectNode whole = spec.deepCopy();
        if (!whole.hasNonNull(DATABASE)) {
            whole.put(DATABASE, DEFAULT_DATABASE.toString());
        }
        return new Prepared(whole, Map.of());
    }

    @Override
    public DatasetSpec read(SpecReader spec, ResourceId id) {
        ResourceId database = spec.optionalParsed(DATABASE, text -> ResourceId.reference(ResourceId.PLATFORM, text))
                .orElse(DEFAULT_DATABASE);
        Supplier<String> table = spec.parsed("table", DatasetKind::table);
        Supplier<String> tenantColumn = spec.parsed("tenantColumn", FilterField::name);
        Supplier<String> key = spec.parsed("key", FilterField::name);
        Supplier<ResourceId> schema = spec.parsed("filterSchema", text -> ResourceId.reference(id.team(), text));
        List<String> columns = spec.parsedList(COLUMNS, FilterField::name);
        List<Format> formats = spec.choices("formats", Format.class);
        Supplier<Limits> limits = spec.objectOrDefaults("limits", DatasetKind::limits);
        requireColumns(spec, columns);
        return spec.build(() -> new DatasetSpec(
                database,
                table.get(),
                tenantColumn.get(),
                key.get(),
                schema.get(),
                columns,
                formats.isEmpty() ? DEFAULT_FORMATS : EnumSet.copyOf(formats),
                limits.get()));
    }

    private static String table(String text) {
        if (!TABLE.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' (expected: a table as its Team lists it: 1-63 of a-z, 0-9 and '_', with its schema before it"
                    + " where that is not public)");
        }
        return text;
    }

    private static void requireColumns(SpecReader spec, List<String> columns) {
        boolean isList = spec.raw(COLUMNS).isArray();
        if (columns.size() > MAX_COLUMNS
                || columns.isEmpty() && (!isList || spec.raw(COLUMNS).isEmpty())) {
            spec.problem(COLUMNS, columns.size() + " (expected: 1.." + MAX_COLUMNS + ")");
        }
        Set<String> seen = new HashSet<>();
        columns.stream()
                .filter(column -> !seen.add(column))
                .distinct()
                .forEach(twice -> spec.problem(COLUMNS, "'" + twice + "' is there twice (expected: once)"));
    }

    private static Limits limits(SpecReader limits) {
        long rows = limits.integer("rows", DEFAULT_ROWS, 1, MAX_ROWS);
        long pageCost = limits.integer("pageCost", DEFAULT_PAGE_COST, 1, MAX_COST);
        long exportCost = limits.integer("exportCost", DEFAULT_EXPORT_COST, 1, MAX_COST);
        boolean lastOnPrimary = limits.flag("lastOnPrimary", false);
        return limits.build(() -> new Limits(rows, pageCost, exportCost, lastOnPrimary));
    }

    @Override
    public void review(Resource<DatasetSpec> candidate, ConfigSnapshot others, Review review) {
        DatasetSpec spec = candidate.spec();
        reviewTable(candidate.id().team(), spec.table(), others, review);
        if (others.find(DatabaseSpec.class, spec.database()).isEmpty()) {
            review.problem("/spec/database", "'" + spec.database() + "' (expected: a Database that exists)");
        }
        others.find(FilterSchema.class, spec.filterSchema())
                .map(Resource::spec)
                .ifPresentOrElse(
                        schema -> reviewSchema(spec, schema, review),
                        () -> review.problem(
                                "/spec/filterSchema",
                                "'" + spec.filterSchema() + "' (expected: a FilterSchema that exists)"));
    }

    private static void reviewTable(String team, String table, ConfigSnapshot others, Review review) {
        Optional<TeamSpec> owner = others.find(TeamSpec.class, new ResourceId(ResourceId.PLATFORM, team))
                .map(Resource::spec);
        if (owner.isEmpty()) {
            review.problem(
                    "/metadata/team",
                    "'" + team + "' (expected: a team that exists; a platform-admin makes one as Team platform/" + team
                            + ")");
            return;
        }
        Set<String> owned = owner.get().tables();
        if (owned.stream().noneMatch(name -> DatasetSql.qualified(name).equals(DatasetSql.qualified(table)))) {
            review.problem(
                    "/spec/table",
                    "'" + table + "' (expected: one that team " + team + " owns: "
                            + (owned.isEmpty() ? "none" : String.join(", ", new TreeSet<>(owned))) + ")");
        }
    }

    private static void reviewSchema(DatasetSpec spec, FilterSchema schema, Review review) {
        Dataset.misfits(spec, schema).forEach(misfit -> review.problem(misfit.pointer(), misfit.detail()));
        if (schema.fields().values().stream().noneMatch(FilterField::indexed)) {
            review.warning("No field of " + spec.filterSchema()
                    + " is marked indexed, so that nobody can be told how to ask for less work.");
        }
    }

    @Override
    public Set<AdminRole> writers(Optional<DatasetSpec> before, Optional<DatasetSpec> after) {
        return Set.of(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }
}
