package io.headgate.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;

/** What holds for all code of the gateway and of the plugins in it. */
class ArchitectureTest {

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar") && !location.contains("/local-stack/"))
            .withImportOption(location -> !location.contains("/io/headgate/authz/v1/")) // made by the build
            .importPackages("io.headgate");

    /** Each starts work that belongs to no request, and stops it with the application; the last, with its call. */
    private static final Set<String> MAY_SUBSCRIBE = Set.of(
            "io.headgate.gateway.registry",
            "io.headgate.gateway.events.EventPipeline",
            "io.headgate.gateway.upstream.Backend",
            "io.headgate.authz",
            "io.headgate.reads.Rounds",
            "io.headgate.reads.IdentifiedConnections",
            "io.headgate.reads.NodePools",
            "io.headgate.reads.PostgresPool",
            "io.headgate.reads.PostgresProbe",
            "io.headgate.reads.GuardedSubjects",
            "io.headgate.reads.RoutedWrite",
            "io.headgate.export.JobWorker",
            "io.headgate.gateway.grpc.PermissionsService");

    @Test
    void thePackagesOfTheGatewayLeanDownwards() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("admin")
                .definedBy("io.headgate.gateway.admin..")
                .layer("grpc")
                .definedBy("io.headgate.gateway.grpc..")
                .layer("registry")
                .definedBy("io.headgate.gateway.registry..")
                .layer("events")
                .definedBy("io.headgate.gateway.events..")
                .layer("datasets")
                .definedBy("io.headgate.gateway.datasets..")
                .layer("edge")
                .definedBy("io.headgate.gateway.edge..")
                .layer("upstream")
                .definedBy("io.headgate.gateway.upstream..")
                .whereLayer("admin")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("grpc")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("registry")
                .mayOnlyBeAccessedByLayers("admin")
                .whereLayer("events")
                .mayOnlyBeAccessedByLayers("admin")
                .whereLayer("datasets")
                .mayOnlyBeAccessedByLayers("admin")
                .whereLayer("edge")
                .mayOnlyBeAccessedByLayers("admin")
                .whereLayer("upstream")
                .mayOnlyBeAccessedByLayers("edge")
                .check(OURS);
    }

    @Test
    void noPackageLeansOnItselfThroughAnother() {
        slices().matching("io.headgate.(**)").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void pluginsKnowNeitherEachOtherNorTheGateway() {
        for (String plugin : Set.of("authz", "ratelimit", "filter", "pagination")) {
            noClasses()
                    .that(resideInAPackage("io.headgate." + plugin + ".."))
                    .should()
                    .dependOnClassesThat(resideInAPackage("io.headgate..")
                            .and(com.tngtech.archunit.base.DescribedPredicate.not(resideInAPackage("io.headgate.api..")
                                    .or(resideInAPackage("io.headgate." + plugin + "..")))))
                    .allowEmptyShould(true)
                    .check(OURS);
        }
    }

    @Test
    void nobodyBlocksOrSleeps() {
        assertThat(calls().filter(call -> call.getName().startsWith("block")
                                        && call.getTargetOwner().isAssignableTo(Publisher.class)
                                || call.getTargetOwner().isEquivalentTo(Thread.class)
                                        && call.getName().equals("sleep"))
                        .map(JavaMethodCall::getDescription))
                .isEmpty();
    }

    /** Readiness is answered there, too: nobody may wait in them, and few may work in them. */
    @Test
    void theSharedElasticThreadsAreForShortWork() {
        assertThat(calls().filter(call -> call.getName().equals("boundedElastic"))
                        .map(call -> call.getOriginOwner().getName())
                        .distinct())
                .isSubsetOf("io.headgate.ratelimit.LimitInsight", "io.headgate.api.HeadgateApiAutoConfiguration");
    }

    @Test
    void onlyOwnersOfBackgroundWorkSubscribe() {
        Set<String> subscribers = calls().filter(call -> call.getName().equals("subscribe")
                        && call.getTargetOwner().isAssignableTo(Publisher.class))
                .map(call -> call.getOriginOwner().getName())
                .filter(name -> MAY_SUBSCRIBE.stream().noneMatch(name::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(subscribers).isEmpty();
    }

    @Test
    void requestStateLivesUnderTypedKeysAlone() {
        assertThat(calls().filter(call -> call.getName().startsWith("getAttribute")
                                && call.getTargetOwner()
                                        .isAssignableTo(org.springframework.web.server.ServerWebExchange.class))
                        .map(call -> call.getOriginOwner().getSimpleName())
                        .distinct())
                .isSubsetOf("ExchangeKey");
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> unmarked = OURS.stream()
                .map(type -> type.getPackage())
                .filter(pkg -> !pkg.isAnnotatedWith(NullMarked.class))
                .map(pkg -> pkg.getName())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(unmarked).isEmpty();
    }

    @Test
    void theEdgeShowsNoMoreThanOthersName() {
        classes()
                .that()
                .resideInAPackage("io.headgate.gateway.edge")
                .and()
                .haveSimpleNameEndingWith("Handler")
                .should()
                .notBePublic()
                .check(OURS);
    }

    private static java.util.stream.Stream<JavaMethodCall> calls() {
        return OURS.stream().flatMap(type -> type.getMethodCallsFromSelf().stream());
    }
}
