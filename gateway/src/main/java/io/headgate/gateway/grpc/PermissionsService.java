package io.headgate.gateway.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemHandler;
import io.headgate.authz.Asker;
import io.headgate.authz.Askers;
import io.headgate.authz.Evaluated;
import io.headgate.authz.Evaluations;
import io.headgate.authz.v1.CheckBatchRequest;
import io.headgate.authz.v1.CheckBatchResponse;
import io.headgate.authz.v1.CheckRequest;
import io.headgate.authz.v1.CheckResponse;
import io.headgate.authz.v1.PermissionsGrpc.PermissionsImplBase;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Takes a call's question to where questions are decided. A call that was cancelled, or is late, is not answered. */
final class PermissionsService extends PermissionsImplBase {

    private static final Logger log = LoggerFactory.getLogger(PermissionsService.class);
    private static final String VIA = "grpc";

    private final Askers askers;
    private final Evaluations evaluations;

    PermissionsService(Askers askers, Evaluations evaluations) {
        this.askers = askers;
        this.evaluations = evaluations;
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answers) {
        answer(
                answers,
                asker -> evaluations.one(Messages.question(request), asker).map(Messages::answer));
    }

    @Override
    public void checkBatch(CheckBatchRequest request, StreamObserver<CheckBatchResponse> answers) {
        answer(answers, asker -> all(Messages.questions(request), asker).map(Messages::answers));
    }

    private Mono<List<Evaluated>> all(ObjectNode questions, Asker asker) {
        return Evaluations.isList(questions)
                ? evaluations.all(questions, asker)
                : evaluations.one(questions, asker).map(List::of);
    }

    private <A> void answer(StreamObserver<A> answers, Function<Asker, Mono<A>> work) {
        var call = (ServerCallStreamObserver<A>) answers;
        CallHeaders headers = CallHeaders.current();
        Disposable.Swap running = Disposables.swap();
        call.setOnCancelHandler(running::dispose);
        running.update(askers.admit(headers.headers(), VIA, headers.requestId())
                .flatMap(work)
                .subscribe(
                        answer -> {
                            call.onNext(answer);
                            call.onCompleted();
                        },
                        refused -> call.onError(status(refused, headers.requestId()))));
    }

    private static StatusRuntimeException status(Throwable refused, String requestId) {
        if (refused instanceof ProblemException exception) {
            Problem problem = exception.problem();
            String place = problem instanceof Problem.MalformedAt malformed ? malformed.pointer() + ": " : "";
            return Status.fromCodeValue(ProblemHandler.grpcStatus(problem.type()))
                    .withDescription(place + problem.detail())
                    .asRuntimeException();
        }
        log.atError().addKeyValue("requestId", requestId).setCause(refused).log("call failed unexpectedly");
        return Status.INTERNAL
                .withDescription("The gateway failed unexpectedly.")
                .asRuntimeException();
    }
}
