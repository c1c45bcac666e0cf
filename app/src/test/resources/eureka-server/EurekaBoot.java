import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;

/// An Eureka server; compiled and started by EurekaTest.
@EnableAutoConfiguration
@EnableEurekaServer
public class EurekaBoot {
    public static void main(String[] arguments) {
        SpringApplication.run(EurekaBoot.class, arguments);
        System.out.println("the Eureka server is up");
    }
}
