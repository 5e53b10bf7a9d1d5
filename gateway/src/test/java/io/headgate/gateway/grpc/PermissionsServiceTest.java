package io.headgate.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.headgate.api.Caller;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.authz.Askers;
import io.headgate.authz.Authenticator;
import io.headgate.authz.AuthzAutoConfiguration;
import io.headgate.authz.Evaluations;
import io.headgate.authz.v1.CheckRequest;
import io.headgate.authz.v1.PermissionsGrpc;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** Calls that end before they are answered, or that nobody foresaw. */
class PermissionsServiceTest {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private volatile Mono<Caller> answer =
            Mono.<Caller>never().doOnSubscribe(_ -> begun.countDown()).doOnCancel(cancelled::countDown);
    private final Server server = serve(new Asked());
    private final ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
            .usePlaintext()
            .build();

    private static Server serve(Authenticator authenticator) {
        AtomicReference<Server> built = new AtomicReference<>();
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(HeadgateApiAutoConfiguration.class, AuthzAutoConfiguration.class))
                .withBean(Authenticator.class, () -> authenticator)
                .run(context -> built.set(NettyServerBuilder.forPort(0)
                        .directExecutor()
                        .addService(ServerInterceptors.intercept(
                                new PermissionsService(
                                        context.getBean(Askers.class), context.getBean(Evaluations.class)),
                                new CallHeaders.Interceptor()))
                        .build()));
        try {
            return Objects.requireNonNull(built.get()).start();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
        server.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
    }

    @Test
    void aCallThatItsClientGivesUpIsWorkedOnNoMore() throws InterruptedException {
        var call = PermissionsGrpc.newFutureStub(channel).check(CheckRequest.getDefaultInstance());
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();

        call.cancel(true);

        assertThat(cancelled.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aCallThatIsPastItsDeadlineIsWorkedOnNoMore() throws InterruptedException {
        Mono<Caller> never = answer;
        answer = Mono.error(new IllegalStateException());
        assertThat(failure()).isNotNull(); // the connection is there
        answer = never;

        var call = PermissionsGrpc.newFutureStub(channel)
                .withDeadlineAfter(3, TimeUnit.SECONDS)
                .check(CheckRequest.getDefaultInstance());

        assertThat(cancelled.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(call).failsWithin(java.time.Duration.ofSeconds(30));
    }

    @Test
    void whatNobodyForesawIsSaidWithoutItsInside() {
        answer = Mono.error(new IllegalStateException("the secret of the house"));

        StatusRuntimeException failed = failure();

        assertThat(failed.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(failed.getMessage()).doesNotContain("secret");
    }

    private StatusRuntimeException failure() {
        return catchThrowableOfType(
                StatusRuntimeException.class,
                () -> PermissionsGrpc.newBlockingStub(channel).check(CheckRequest.getDefaultInstance()));
    }

    private final class Asked implements Authenticator {
        @Override
        public Optional<Caller> authenticated(HttpHeaders headers, String audience) {
            return Optional.empty();
        }

        @Override
        public Mono<Caller> authenticate(HttpHeaders headers, String audience) {
            return answer;
        }
    }
}
