// Podlet is the part of a kubelet that the conformance suite needs, on one host and without containers: it binds Pods to a Node, starts
// the program of their image in a network namespace with the Pod's address, reports them ready, serves their logs, and removes them.
//
// It expects a bridge named "pods" in its own network namespace that owns the first address of the Pods' network.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	node     = "podlet"
	logPort  = 10250
	logLimit = 1 << 20
	pause    = 200 * time.Millisecond
)

var (
	kubeconfig = flag.String("kubeconfig", "", "how the API server is reached")
	programs   = flag.String("programs", "", "folder of the programs, each with the name of the image that it stands for")
	state      = flag.String("state", "", "folder for the files of Pods")
	network    = flag.String("network", "10.244.0.0/16", "addresses of Pods; the first one is the bridge's")
)

// line is what a Pod wrote, and when.
type line struct {
	at   time.Time
	text string
}

// pod is a Pod of which this podlet takes care.
type pod struct {
	cancel  context.CancelFunc
	done    chan struct{}
	mutex   sync.Mutex
	lines   []line
	bytes   int
	process *os.Process
}

type podlet struct {
	client kubernetes.Interface
	bridge netip.Addr
	mutex  sync.Mutex
	pods   map[types.UID]*pod
	names  map[string]*pod
	next   netip.Addr
}

func main() {
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	config.QPS, config.Burst = 200, 200
	prefix := netip.MustParsePrefix(*network)
	bridge := prefix.Addr().Next()
	p := &podlet{client: kubernetes.NewForConfigOrDie(config), bridge: bridge, next: bridge,
		pods: map[types.UID]*pod{}, names: map[string]*pod{}}
	if err := p.register(context.Background()); err != nil {
		log.Fatal(err)
	}
	go p.serveLogs()
	factory := informers.NewSharedInformerFactory(p.client, 0)
	_, err = factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { p.seen(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { p.seen(object.(*corev1.Pod)) },
		DeleteFunc: func(object any) {
			if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = last.Obj
			}
			p.end(object.(*corev1.Pod).UID)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	factory.Start(context.Background().Done())
	select {}
}

// register creates the Node, whose address and port are where the API server asks for logs.
func (p *podlet) register(ctx context.Context) error {
	object := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}}
	created, err := p.client.CoreV1().Nodes().Create(ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		created, err = p.client.CoreV1().Nodes().Get(ctx, node, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	created.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: p.bridge.String()}}
	created.Status.DaemonEndpoints.KubeletEndpoint.Port = logPort
	created.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Podlet"}}
	_, err = p.client.CoreV1().Nodes().UpdateStatus(ctx, created, metav1.UpdateOptions{})
	return err
}

func (p *podlet) seen(object *corev1.Pod) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	running, known := p.pods[object.UID]
	if object.DeletionTimestamp != nil {
		if known {
			running.cancel()
		} else {
			go p.remove(object)
		}
		return
	}
	if known || (object.Spec.NodeName != "" && object.Spec.NodeName != node) {
		return
	}
	p.next = p.next.Next()
	address := p.next
	ctx, cancel := context.WithCancel(context.Background())
	made := &pod{cancel: cancel, done: make(chan struct{})}
	p.pods[object.UID] = made
	p.names[object.Namespace+"/"+object.Name] = made
	go func() {
		defer close(made.done)
		p.run(ctx, object, made, address)
	}()
}

func (p *podlet) end(uid types.UID) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if running, known := p.pods[uid]; known {
		running.cancel()
		delete(p.pods, uid)
	}
}

// run starts a Pod, keeps its status and removes it from the API server when it is to be deleted.
func (p *podlet) run(ctx context.Context, object *corev1.Pod, made *pod, address netip.Addr) {
	name := object.Namespace + "/" + object.Name
	if err := p.bind(ctx, object); err != nil {
		log.Printf("%s: %v", name, err)
	}
	command, err := p.start(ctx, object, made, address)
	for err != nil && ctx.Err() == nil {
		log.Printf("%s: %v", name, err)
		sleep(ctx, pause)
		command, err = p.start(ctx, object, made, address)
	}
	if err == nil {
		p.ready(ctx, object, made, address)
		<-ctx.Done()
	}
	if command != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
	p.remove(object)
}

func (p *podlet) bind(ctx context.Context, object *corev1.Pod) error {
	if object.Spec.NodeName != "" {
		return nil
	}
	return p.client.CoreV1().Pods(object.Namespace).Bind(ctx, &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: object.Name, Namespace: object.Namespace},
		Target:     corev1.ObjectReference{Kind: "Node", Name: node},
	}, metav1.CreateOptions{})
}

func (p *podlet) remove(object *corev1.Pod) {
	none := int64(0)
	err := p.client.CoreV1().Pods(object.Namespace).Delete(context.Background(), object.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &none, Preconditions: &metav1.Preconditions{UID: &object.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		log.Printf("%s/%s: %v", object.Namespace, object.Name, err)
	}
}

// program returns the program that stands for an image.
func program(image string) (string, error) {
	name, _, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	file := filepath.Join(*programs, name)
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("no program stands for the image %s: %w", image, err)
	}
	return file, nil
}

// start runs the Pod's only container.
func (p *podlet) start(ctx context.Context, object *corev1.Pod, made *pod, address netip.Addr) (*exec.Cmd, error) {
	container := object.Spec.Containers[0]
	file, err := program(container.Image)
	if err != nil {
		return nil, err
	}
	command := exec.Command(file)
	folder := filepath.Join(*state, string(object.UID))
	mounts, err := p.mount(ctx, object, folder)
	if err != nil {
		return nil, err
	}
	for _, argument := range container.Args {
		command.Args = append(command.Args, mounted(argument, mounts))
	}
	for _, variable := range container.Env {
		command.Env = append(command.Env, variable.Name+"="+value(object, variable, mounts))
	}
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	output, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Stdout, command.Stderr = write, write
	// Starting is what makes the network namespace, so the server waits for its address: it listens on all.
	if err := command.Start(); err != nil {
		return nil, err
	}
	_ = write.Close()
	go made.collect(output)
	if err := connect(command.Process.Pid, address, p.bridge); err != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
		return nil, err
	}
	return command, nil
}

// mount writes the Pod's Secrets and ConfigMaps to a folder; they are found there instead of at their mount paths.
func (p *podlet) mount(ctx context.Context, object *corev1.Pod, folder string) (map[string]string, error) {
	mounts := map[string]string{}
	for _, volume := range object.Spec.Volumes {
		items, data, err := p.contents(ctx, object.Namespace, volume)
		if err != nil {
			return nil, err
		}
		if data == nil {
			continue
		}
		at := filepath.Join(folder, volume.Name)
		if err := os.MkdirAll(at, 0o700); err != nil {
			return nil, err
		}
		for key, content := range data {
			name := key
			for _, item := range items {
				if item.Key == key {
					name = item.Path
				}
			}
			if err := os.WriteFile(filepath.Join(at, name), content, 0o600); err != nil {
				return nil, err
			}
		}
		for _, mount := range object.Spec.Containers[0].VolumeMounts {
			if mount.Name == volume.Name {
				mounts[mount.MountPath] = at
			}
		}
	}
	return mounts, nil
}

func (p *podlet) contents(ctx context.Context, namespace string, volume corev1.Volume) ([]corev1.KeyToPath, map[string][]byte, error) {
	if volume.Secret != nil {
		secret, err := p.client.CoreV1().Secrets(namespace).Get(ctx, volume.Secret.SecretName, metav1.GetOptions{})
		if err != nil {
			return nil, nil, err
		}
		return volume.Secret.Items, secret.Data, nil
	}
	if volume.ConfigMap != nil {
		configMap, err := p.client.CoreV1().ConfigMaps(namespace).Get(ctx, volume.ConfigMap.Name, metav1.GetOptions{})
		if err != nil {
			return nil, nil, err
		}
		data := map[string][]byte{}
		for key, text := range configMap.Data {
			data[key] = []byte(text)
		}
		return volume.ConfigMap.Items, data, nil
	}
	return nil, nil, nil
}

func value(object *corev1.Pod, variable corev1.EnvVar, mounts map[string]string) string {
	if variable.ValueFrom != nil && variable.ValueFrom.FieldRef != nil {
		switch variable.ValueFrom.FieldRef.FieldPath {
		case "metadata.name":
			return object.Name
		case "metadata.namespace":
			return object.Namespace
		}
	}
	return mounted(variable.Value, mounts)
}

// mounted returns where a file of a mount path is on this host; other texts stay as they are.
func mounted(text string, mounts map[string]string) string {
	for path, folder := range mounts {
		if rest, found := strings.CutPrefix(text, path+"/"); found {
			return filepath.Join(folder, rest)
		}
	}
	return text
}

// connect joins the network namespace of a process to the bridge.
func connect(pid int, address, bridge netip.Addr) error {
	outside := "pod" + strconv.Itoa(pid)
	inside := []string{"nsenter", "-t", strconv.Itoa(pid), "-n", "ip"}
	for _, step := range [][]string{
		{"ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(pid)},
		{"ip", "link", "set", outside, "master", "pods", "up"},
		append(inside, "link", "set", "lo", "up"),
		append(inside, "addr", "add", address.String()+"/16", "dev", "eth0"),
		append(inside, "link", "set", "eth0", "up"),
		append(inside, "route", "add", "default", "via", bridge.String()),
	} {
		if output, err := exec.Command(step[0], step[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(step, " "), err, bytes.TrimSpace(output))
		}
	}
	return nil
}

// ready reports the Pod as ready once its server listens: each writes a line then.
func (p *podlet) ready(ctx context.Context, object *corev1.Pod, made *pod, address netip.Addr) {
	for !made.hasWritten() && ctx.Err() == nil {
		sleep(ctx, pause/10)
	}
	now := metav1.Now()
	status := corev1.PodStatus{Phase: corev1.PodRunning, PodIP: address.String(), PodIPs: []corev1.PodIP{{IP: address.String()}},
		HostIP: p.bridge.String(), StartTime: &now}
	for _, condition := range []corev1.PodConditionType{corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		status.Conditions = append(status.Conditions,
			corev1.PodCondition{Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, container := range object.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{Name: container.Name, Ready: true,
			Image: container.Image, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}})
	}
	patch, _ := json.Marshal(map[string]any{"status": status})
	for ctx.Err() == nil {
		_, err := p.client.CoreV1().Pods(object.Namespace).Patch(ctx, object.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		if err == nil || apierrors.IsNotFound(err) {
			return
		}
		log.Printf("%s/%s: %v", object.Namespace, object.Name, err)
		sleep(ctx, pause)
	}
}

func (made *pod) hasWritten() bool {
	made.mutex.Lock()
	defer made.mutex.Unlock()
	return len(made.lines) > 0
}

// collect keeps the newest of what a Pod writes.
func (made *pod) collect(output *os.File) {
	defer output.Close()
	scanner := bufio.NewScanner(output)
	scanner.Buffer(nil, logLimit)
	for scanner.Scan() {
		made.mutex.Lock()
		made.lines = append(made.lines, line{time.Now(), scanner.Text()})
		made.bytes += len(scanner.Text())
		for made.bytes > logLimit {
			made.bytes -= len(made.lines[0].text)
			made.lines = made.lines[1:]
		}
		made.mutex.Unlock()
	}
}

// serveLogs answers the API server's GET /containerLogs/NAMESPACE/POD/CONTAINER. The certificate is made here: the API server checks none.
func (p *podlet) serveLogs() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", p.logs)
	server := &http.Server{Addr: netip.AddrPortFrom(p.bridge, logPort).String(), Handler: mux, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}}
	log.Fatal(server.ListenAndServeTLS("", ""))
}

func (p *podlet) logs(writer http.ResponseWriter, request *http.Request) {
	p.mutex.Lock()
	found := p.names[request.PathValue("namespace")+"/"+request.PathValue("pod")]
	p.mutex.Unlock()
	if found == nil {
		http.NotFound(writer, request)
		return
	}
	since := time.Time{}
	if text := request.FormValue("sinceTime"); text != "" {
		since, _ = time.Parse(time.RFC3339, text)
	}
	if seconds, err := strconv.Atoi(request.FormValue("sinceSeconds")); err == nil {
		since = time.Now().Add(-time.Duration(seconds) * time.Second)
	}
	found.mutex.Lock()
	defer found.mutex.Unlock()
	for _, each := range found.lines {
		if !each.at.Before(since) {
			fmt.Fprintln(writer, each.text)
		}
	}
}

func sleep(ctx context.Context, duration time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(duration):
	}
}
