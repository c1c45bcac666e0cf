package io.jigress.sources.nacos;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.nacos.api.common.Constants;
import com.alibaba.nacos.api.config.remote.request.ConfigChangeNotifyRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigFuzzyWatchChangeNotifyRequest;
import com.alibaba.nacos.client.config.common.GroupKey;
import org.junit.jupiter.api.Test;

class NacosPushesTest {
    private final NacosPushes pushes = new NacosPushes(NacosAddress.parse("nacos://localhost?group=gateway"));

    private void watched(String dataId, String type) {
        pushes.pushed(new ConfigFuzzyWatchChangeNotifyRequest(GroupKey.getKeyTenant(dataId, "gateway", "public"), type));
    }

    @Test
    void aWatchReportsANewDataIdAsAChangedOne() {
        watched("a.yaml", Constants.ConfigChangedType.CONFIG_CHANGED);
        watched("b.yaml", Constants.ConfigChangedType.ADD_CONFIG);
        assertThat(pushes.take().present()).containsExactlyInAnyOrder("a.yaml", "b.yaml");
    }

    @Test
    void ofSeveralReportsOfAWatchTheLastCounts() {
        watched("a.yaml", Constants.ConfigChangedType.CONFIG_CHANGED);
        watched("a.yaml", Constants.ConfigChangedType.DELETE_CONFIG);
        NacosPushes.Heard heard = pushes.take();
        assertThat(heard.present()).isEmpty();
        assertThat(heard.gone()).containsExactly("a.yaml");
    }

    @Test
    void changesOfOtherGroupsAreIgnored() {
        pushes.pushed(ConfigChangeNotifyRequest.build("a.yaml", "gateway", ""));
        pushes.pushed(ConfigChangeNotifyRequest.build("b.yaml", "other", ""));
        assertThat(pushes.take().changed()).containsExactly("a.yaml");
    }

    @Test
    void inTheLayoutOfHigressDataIdsAreNamedWithTheirGroup() {
        NacosPushes higress = new NacosPushes(NacosAddress.parse("nacos://localhost?layout=higress"));
        higress.pushed(ConfigChangeNotifyRequest.build("ingresses.a", "shop", "higress-system"));
        assertThat(higress.take().changed()).containsExactly("shop/ingresses.a");
    }
}
