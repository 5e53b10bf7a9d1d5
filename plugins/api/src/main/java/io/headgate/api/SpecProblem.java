package io.headgate.api;

/** What is wrong with one place of a document: its JSON Pointer, and the value with the expectation. */
public record SpecProblem(String pointer, String detail) {}
