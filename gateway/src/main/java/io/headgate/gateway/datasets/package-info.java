/**
 * Rows of datasets, page by page: what the filter language, pages and read routing do together where the gateway itself is
 * the backend.
 * A request enters {@code DatasetService}, past the edge's own steps, with its caller known.
 * It must never read a row before the policies permitted it, nor one of another tenant.
 */
@NullMarked
package io.headgate.gateway.datasets;

import org.jspecify.annotations.NullMarked;
