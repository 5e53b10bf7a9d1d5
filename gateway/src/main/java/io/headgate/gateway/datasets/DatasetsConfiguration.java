package io.headgate.gateway.datasets;

import io.headgate.api.Authorizer;
import io.headgate.filter.CostGate;
import io.headgate.filter.Datasets;
import io.headgate.filter.OwnQueries;
import io.headgate.filter.QueryLanguage;
import io.headgate.pagination.KeysetPages;
import io.headgate.reads.Databases;
import io.headgate.reads.ReadScopes;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the datasets together, of what the plugins offer. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DatasetProperties.class)
class DatasetsConfiguration {

    @Bean
    DatasetConnections datasetConnections(Databases databases, DatasetProperties properties) {
        return new DatasetConnections(databases, properties.statementTimeout());
    }

    @Bean
    DatasetExplainer datasetExplainer(
            Datasets datasets, QueryLanguage language, DatasetConnections connections, ReadScopes scopes) {
        return new DatasetExplainer(datasets, language, connections, scopes);
    }

    @Bean
    DatasetService datasetService(
            Authorizer authorizer,
            Datasets datasets,
            OwnQueries queries,
            KeysetPages pages,
            ReadScopes scopes,
            DatasetConnections connections,
            CostGate gate,
            DatasetProperties properties) {
        return new DatasetService(
                new DatasetService.Parts(authorizer, datasets, queries, pages, scopes),
                new DatasetPages(connections, gate, properties),
                properties.maxLimit());
    }
}
