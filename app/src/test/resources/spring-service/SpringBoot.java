import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// A service that registers itself in Nacos by Spring Cloud; compiled and started by NacosGuideTest, with the properties of the manual.
@EnableAutoConfiguration
@RestController
public class SpringBoot {
    public static void main(String[] arguments) {
        SpringApplication.run(SpringBoot.class, arguments);
        System.out.println("the service is up");
    }

    @GetMapping({"/orders", "/shop"})
    public Map<String, String> orders() {
        return Map.of("by", "spring");
    }
}
