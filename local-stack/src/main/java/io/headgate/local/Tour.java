package io.headgate.local;

/** What {@code up} prints once everything is there. */
final class Tour {

    private Tour() {}

    static String of(Settings settings) {
        String edge = "http://" + Ports.HOST + ":" + settings.port(StackPort.EDGE);
        String admin = "http://" + Ports.HOST + ":" + settings.port(StackPort.ADMIN);
        var tour = new StringBuilder("\nHeadgate is up.\n");
        for (int k = 0; k < settings.instances(); k++) {
            tour.append("  gateway-%d   edge http://%s:%d   admin http://%2$s:%d   gRPC %2$s:%d%n"
                    .formatted(
                            k,
                            Ports.HOST,
                            settings.port(StackPort.EDGE, k),
                            settings.port(StackPort.ADMIN, k),
                            settings.port(StackPort.GRPC, k)));
        }
        return tour.append("""
                  PostgreSQL  postgresql://postgres@%1$s:%2$d/%3$s (replicas: %4$d, %5$d)
                  Redis       redis://%1$s:%6$d
                  Kafka       %1$s:%7$d
                  issuer      %8$s%9$s

                Tokens of the demo tenants (acme, globex, initech):
                  ANA=$(./headgate token --tenant acme --subject ana --roles analyst,editor)
                  GUS=$(./headgate token --tenant globex --subject gus --roles viewer)
                  OPS=$(./headgate token --tenant acme --subject ops --roles platform-admin)
                  SVC=$(./headgate token --tenant acme --subject billing --roles service)

                Try:
                  curl -s -H "Authorization: Bearer $ANA" '%10$s/api/reports?limit=2'     # acme's reports
                  curl -s -H "Authorization: Bearer $GUS" '%10$s/api/reports?limit=2'     # globex sees its own alone
                  curl -s -H "Authorization: Bearer $ANA" -H 'Content-Type: application/json' -d '{"name":"Mine"}' '%10$s/api/reports'     # a write
                  curl -s -H "Authorization: Bearer $GUS" -H 'Content-Type: application/json' -d '{"name":"Mine"}' '%10$s/api/reports'     # a viewer may not: 403, decided by policies
                  curl -s -H "Authorization: Bearer $ANA" '%10$s/api/metrics?page=2&per_page=3&filter=name==cpu*'     # an older API behind the same door
                  curl -sG -H "Authorization: Bearer $ANA" '%10$s/api/reports' -d limit=2 -d sort=-views --data-urlencode 'filter=[{"field":"status","op":"in","value":["active","trial"]}]'     # one filter language ...
                  curl -sG -H "Authorization: Bearer $ANA" '%10$s/api/metrics' -d per_page=2 --data-urlencode 'filter=[{"field":"value","op":"gt","value":90}]'     # ... for this backend too, which speaks RSQL
                  curl -sG -H "Authorization: Bearer $ANA" '%10$s/api/reports' -d 'filter[colour]=red' -d 'filter[views][gt]=many'     # 400 with everything that is wrong
                  curl -sG -H "Authorization: Bearer $ANA" '%10$s/api/v1/datasets/platform/events/rows' -d limit=2 -d sort=-occurred_at -d 'filter[kind]=purchase'     # rows of a table, page by page, without a backend
                  curl -sG -H "Authorization: Bearer $ANA" '%10$s/api/v1/exports/stream' -d dataset=platform/events -d format=csv -d 'filter[kind]=purchase' | head -3     # all of them, straight out of a database cursor
                  curl -s -H "Authorization: Bearer $ANA" -H 'Content-Type: application/json' -d '{"dataset":"platform/events","format":"xlsx"}' '%10$s/api/v1/exports'     # the same as a file, made beside the request: links.self tells how far it is, and then where the file is
                  curl -s -H "Authorization: Bearer $OPS" -H 'Content-Type: application/json' -d '{"dataset":"platform/events","tenant":"acme","query":{"filters":[{"field":"note","op":"contains","value":"x"}]}}' '%11$s/admin/v1/filters/explain'     # what a query would cost, before a client finds out
                  curl -si '%10$s/api/reports'     # no token: 401, a problem document
                  curl -s -H "Authorization: Bearer $GUS" -H 'Content-Type: application/json' -d '{"filters":[]}' '%10$s/api/reports/query' > /dev/null     # policies permit what the backend's old checks deny
                  curl -s -H "Authorization: Bearer $OPS" '%11$s/admin/v1/routes/reports/reports-api/legacy-decisions'     # where the two differ, with examples
                  curl -si -H "Authorization: Bearer $ANA" '%10$s/api/reports?limit=1' | grep -i '^ratelimit'     # what is left of its limit
                  curl -s -H "Authorization: Bearer $OPS" '%11$s/admin/v1/limits/usage?key=acme'     # the same over all instances, and who is refused
                  curl -s -H "Authorization: Bearer $OPS" -H 'Content-Type: application/json' -d '{"key":["tenant"],"quota":60,"window":"60s","burst":5}' '%11$s/admin/v1/rate-limits/platform/tenant-default/simulate'     # whom such a limit would have refused
                  SEEN=$(curl -si -H "Authorization: Bearer $ANA" -H 'Content-Type: application/json' -d '{"name":"Fresh"}' '%10$s/api/reports' | tr -d '\\r' | sed -n 's/^headgate-consistency: //Ip')     # a write, and what it leaves
                  curl -si -H "Authorization: Bearer $ANA" -H "Headgate-Consistency: $SEEN" '%10$s/api/reports?limit=1&sort=-created_at' | grep -iE '^headgate-consistency-outcome|Fresh'     # read back from a replica that has it
                  curl -s -X POST -H "Authorization: Bearer $OPS" '%11$s/admin/v1/replicas/main/replica-1/drain' > /dev/null; curl -s -H "Authorization: Bearer $OPS" '%11$s/admin/v1/replicas'     # one replica less, on every instance; undrain brings it back
                  curl -s -H "Authorization: Bearer $OPS" '%11$s/admin/v1/routes'     # what is configured
                  curl -s -H "Authorization: Bearer $OPS" '%11$s/admin/v1/explain?method=GET&path=/api/reports'     # why a request goes where it goes
                  curl -s -H "Authorization: Bearer $SVC" -H 'Content-Type: application/json' -d '{"subject":{"type":"User","id":"acme/ana","properties":{"roles":["analyst"]}},"action":{"name":"read"},"resource":{"type":"Report","id":"acme/7"}}' '%11$s/access/v1/evaluation'     # a service asks whether ana may

                Drills: ./headgate status, ./headgate stop replica-1, ./headgate start replica-1. The end: ./headgate down, or Ctrl-C.
                """.formatted(
                                Ports.HOST,
                                settings.port(StackPort.PRIMARY),
                                DemoData.DATABASE,
                                settings.port(StackPort.REPLICA_1),
                                settings.port(StackPort.REPLICA_2),
                                settings.port(StackPort.REDIS),
                                settings.port(StackPort.KAFKA),
                                settings.issuerUrl(),
                                IssuerMain.JWKS_PATH,
                                edge,
                                admin))
                .toString();
    }
}
