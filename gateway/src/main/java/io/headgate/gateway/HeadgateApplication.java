package io.headgate.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the gateway in the roles that {@code headgate.roles} names. */
@SpringBootApplication
public class HeadgateApplication {

    static void main(String[] args) {
        SpringApplication.run(HeadgateApplication.class, args);
    }
}
