package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// page is the outcome of each test of the wanted profiles by name.
func (o *outcomes) page(options suite.ConformanceOptions, setUp, total time.Duration) []byte {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	sorted := slices.Clone(o.tests)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].ShortName < sorted[j].ShortName })
	page := &bytes.Buffer{}
	implementation := options.Implementation
	fmt.Fprintf(page, "# Gateway API conformance\n\n")
	fmt.Fprintf(page, "Written by `conformance/run --report`: the suite of Gateway API 1.6.1 (experimental channel) against Jigress %s on Kubernetes 1.36.3.\n",
		implementation.Version)
	fmt.Fprintf(page, "Date: %s. The set-up of the suite took %.0f s, all %.0f s. Tests ran one after another.\n", time.Now().UTC().Format(time.DateOnly),
		setUp.Seconds(), total.Seconds())
	for _, name := range options.ConformanceProfiles {
		o.profile(page, name, sorted, options.SkipTests)
	}
	return page.Bytes()
}

func (o *outcomes) profile(page *bytes.Buffer, name suite.ConformanceProfileName, sorted []suite.ConformanceTest, skipped []string) {
	profile, known := profiles[name]
	if !known {
		fmt.Fprintf(page, "\n## %s\n\nunknown to this report\n", name)
		return
	}
	var core, extended, unclaimed []string
	var counts [2][3]int
	for _, test := range sorted {
		isCore := profile.CoreFeatures.HasAll(test.Features...)
		if !isCore && !profile.CoreFeatures.Union(profile.ExtendedFeatures).HasAll(test.Features...) {
			continue
		}
		var missing []string
		for _, feature := range test.Features {
			if !o.supported.Has(feature) {
				missing = append(missing, string(feature))
			}
		}
		if len(missing) > 0 {
			unclaimed = append(unclaimed, fmt.Sprintf("| %s | %s |", test.ShortName, strings.Join(missing, ", ")))
			continue
		}
		ended, ran := o.ended[test.ShortName]
		kind, text := 0, fmt.Sprintf("passed (%.1f s)", ended.duration.Seconds())
		switch {
		case !ran && slices.Contains(skipped, test.ShortName):
			kind, text = 2, "skipped"
		case !ran:
			kind, text = 2, "did not run"
		case ended.failed:
			kind, text = 1, "**failed**"
		case strings.HasSuffix(test.ShortName, "NotSupported"):
			text = "passed: nothing to check, since the feature is supported"
		}
		row := fmt.Sprintf("| %s | %s |", test.ShortName, text)
		if isCore {
			core = append(core, row)
			counts[0][kind]++
		} else {
			extended = append(extended, row)
			counts[1][kind]++
		}
	}
	fmt.Fprintf(page, "\n## %s\n\n| | passed | failed | not run |\n|---|---|---|---|\n| core | %d | %d | %d |\n| extended, of claimed features | %d | %d | %d |\n",
		name, counts[0][0], counts[0][1], counts[0][2], counts[1][0], counts[1][1], counts[1][2])
	table(page, "Core", "outcome", core)
	table(page, "Extended", "outcome", extended)
	table(page, "Extended tests of features that are not claimed", "features", unclaimed)
}

func table(page *bytes.Buffer, title, column string, rows []string) {
	if len(rows) > 0 {
		fmt.Fprintf(page, "\n### %s\n\n| test | %s |\n|---|---|\n%s\n", title, column, strings.Join(rows, "\n"))
	}
}

var profiles = map[suite.ConformanceProfileName]suite.ConformanceProfile{
	suite.GatewayHTTPConformanceProfileName: suite.GatewayHTTPConformanceProfile,
	suite.GatewayGRPCConformanceProfileName: suite.GatewayGRPCConformanceProfile,
	suite.GatewayTLSConformanceProfileName:  suite.GatewayTLSConformanceProfile,
	suite.GatewayTCPConformanceProfileName:  suite.GatewayTCPConformanceProfile,
	suite.GatewayUDPConformanceProfileName:  suite.GatewayUDPConformanceProfile,
}
