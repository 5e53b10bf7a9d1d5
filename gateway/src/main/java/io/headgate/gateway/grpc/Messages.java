package io.headgate.gateway.grpc;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.headgate.api.Problem;
import io.headgate.api.ProblemHandler;
import io.headgate.authz.Evaluated;
import io.headgate.authz.v1.Action;
import io.headgate.authz.v1.CheckBatchRequest;
import io.headgate.authz.v1.CheckBatchResponse;
import io.headgate.authz.v1.CheckRequest;
import io.headgate.authz.v1.CheckResponse;
import io.headgate.authz.v1.Entity;
import io.headgate.authz.v1.Error;
import io.headgate.authz.v1.EvaluationsSemantic;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Questions as AuthZEN writes them, and answers as this protocol does. */
final class Messages {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private Messages() {}

    static ObjectNode question(CheckRequest request) {
        ObjectNode question = JSON.objectNode();
        if (request.hasSubject()) {
            question.set("subject", entity(request.getSubject()));
        }
        if (request.hasAction()) {
            question.set("action", action(request.getAction()));
        }
        if (request.hasResource()) {
            question.set("resource", entity(request.getResource()));
        }
        if (request.hasContext()) {
            question.set("context", struct(request.getContext()));
        }
        return question;
    }

    static ObjectNode questions(CheckBatchRequest request) {
        CheckRequest.Builder common = CheckRequest.newBuilder();
        if (request.hasSubject()) {
            common.setSubject(request.getSubject());
        }
        if (request.hasAction()) {
            common.setAction(request.getAction());
        }
        if (request.hasResource()) {
            common.setResource(request.getResource());
        }
        if (request.hasContext()) {
            common.setContext(request.getContext());
        }
        ObjectNode questions = question(common.build());
        ArrayNode evaluations = questions.putArray("evaluations");
        request.getEvaluationsList().forEach(one -> evaluations.add(question(one)));
        EvaluationsSemantic semantic = request.getEvaluationsSemantic();
        if (semantic != EvaluationsSemantic.EVALUATIONS_SEMANTIC_UNSPECIFIED) {
            questions
                    .putObject("options")
                    .put("evaluations_semantic", semantic.name().toLowerCase(Locale.ROOT));
        }
        return questions;
    }

    /** An empty string is how this protocol says that nothing is there. */
    private static ObjectNode entity(Entity entity) {
        ObjectNode node = JSON.objectNode();
        putIfThere(node, "type", entity.getType());
        putIfThere(node, "id", entity.getId());
        if (entity.hasProperties()) {
            node.set("properties", struct(entity.getProperties()));
        }
        return node;
    }

    private static ObjectNode action(Action action) {
        ObjectNode node = JSON.objectNode();
        putIfThere(node, "name", action.getName());
        if (action.hasProperties()) {
            node.set("properties", struct(action.getProperties()));
        }
        return node;
    }

    private static void putIfThere(ObjectNode node, String name, String value) {
        if (!value.isEmpty()) {
            node.put(name, value);
        }
    }

    private static ObjectNode struct(Struct struct) {
        ObjectNode node = JSON.objectNode();
        struct.getFieldsMap().forEach((name, value) -> node.set(name, value(value)));
        return node;
    }

    private static JsonNode value(Value value) {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> JSON.stringNode(value.getStringValue());
            case BOOL_VALUE -> JSON.booleanNode(value.getBoolValue());
            case NUMBER_VALUE -> JSON.numberNode(value.getNumberValue());
            case STRUCT_VALUE -> struct(value.getStructValue());
            case LIST_VALUE -> {
                ArrayNode array = JSON.arrayNode();
                value.getListValue().getValuesList().forEach(item -> array.add(value(item)));
                yield array;
            }
            case NULL_VALUE, KIND_NOT_SET -> JSON.nullNode();
        };
    }

    static CheckResponse answer(Evaluated evaluated) {
        CheckResponse.Builder answer = CheckResponse.newBuilder().setDecision(evaluated.isPermit());
        switch (evaluated) {
            case Evaluated.Permitted permitted -> {
                answer.setDecisionId(permitted.decisionId().toString());
                explain(answer, permitted.policies());
            }
            case Evaluated.Denied denied -> {
                answer.setDecisionId(denied.decisionId().toString())
                        .setReason(denied.reason().name().toLowerCase(Locale.ROOT));
                explain(answer, denied.policies());
            }
            case Evaluated.Failed(Problem problem) -> answer.setError(error(problem));
        }
        return answer.build();
    }

    static CheckBatchResponse answers(List<Evaluated> evaluated) {
        CheckBatchResponse.Builder answers = CheckBatchResponse.newBuilder();
        evaluated.forEach(one -> answers.addEvaluations(answer(one)));
        return answers.build();
    }

    private static void explain(CheckResponse.Builder answer, Optional<List<String>> policies) {
        policies.ifPresent(answer::addAllDecidingPolicies);
    }

    private static Error error(Problem problem) {
        Error.Builder error = Error.newBuilder()
                .setCode(ProblemHandler.grpcStatus(problem.type()))
                .setMessage(problem.detail());
        if (problem instanceof Problem.MalformedAt malformed) {
            error.setPointer(malformed.pointer());
        }
        return error.build();
    }
}
