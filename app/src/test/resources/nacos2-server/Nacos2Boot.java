import com.alibaba.nacos.core.code.ControllerMethodsCache;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurationExcludeFilter;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.boot.web.servlet.ServletComponentScan;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.scheduling.annotation.EnableScheduling;

/// A standalone Nacos 2 server without its console; compiled and started by the test's NacosServer.
@EnableAutoConfiguration
@ComponentScan(basePackages = "com.alibaba.nacos", excludeFilters = {
        @ComponentScan.Filter(type = FilterType.CUSTOM, classes = {TypeExcludeFilter.class}),
        @ComponentScan.Filter(type = FilterType.CUSTOM, classes = {AutoConfigurationExcludeFilter.class})})
@ServletComponentScan(basePackages = "com.alibaba.nacos")
@EnableScheduling
public class Nacos2Boot {
    public static void main(String[] arguments) {
        ControllerMethodsCache paths = SpringApplication.run(Nacos2Boot.class, arguments).getBean(ControllerMethodsCache.class);
        // Done by the console otherwise.
        for (String part : new String[] {"core.controller", "naming.controllers", "config.server.controller"}) {
            paths.initClassMethod("com.alibaba.nacos." + part);
        }
        System.out.println("the Nacos server is up");
    }
}
