package io.jigress.bench.bridge;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.service.GenericService;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// What applications do without a gateway for Dubbo: a controller that calls the generic service of a provider.
/// `Bridge PORT PROVIDER_PORT`.
@SpringBootApplication
@RestController
public class Bridge {
    private static volatile GenericService echo;

    public static void main(String[] arguments) {
        ApplicationConfig application = new ApplicationConfig("bridge");
        application.setQosEnable(false);
        ReferenceConfig<GenericService> reference = new ReferenceConfig<>();
        reference.setInterface("bench.Echo");
        reference.setVersion("1.0.0");
        reference.setGeneric("true");
        reference.setUrl("dubbo://127.0.0.1:" + arguments[1]);
        DubboBootstrap.getInstance().application(application).registry(new RegistryConfig("N/A")).reference(reference).start();
        echo = reference.get();
        SpringApplication.run(Bridge.class, "--server.port=" + arguments[0], "--server.address=127.0.0.1", "--logging.level.root=warn");
    }

    @GetMapping("/echo/{text}")
    public Object say(@PathVariable("text") String text) {
        return echo.$invoke("say", new String[] {"java.lang.String"}, new Object[] {text});
    }
}
