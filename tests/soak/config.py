"""The proxy's configuration in the soak, written as discovery files and changed while it runs."""
import json
import os

URL = "type.googleapis.com/"
HCM = URL + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
TCP = URL + "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
TLS = URL + "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
ROUTER = URL + "envoy.extensions.filters.http.router.v3.Router"
OPTIONS = URL + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
INSPECTOR = URL + "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


class Configuration:
    """What changes has a fixed meaning: cluster cN always is upstream uN, path /cN/ and SNI cN.test always mean it."""

    def __init__(self, folder, random, upstreams, ports, churns):
        self.folder, self.random, self.upstreams, self.ports, self.churns = folder, random, upstreams, ports, churns
        self.version = 0

    def file(self, name):
        return os.path.join(self.folder, name)

    def source(self, name):
        return {"path_config_source": {"path": self.file(name), "watched_directory": {"path": self.folder}},
                "resource_api_version": "V3"}

    def write_bootstrap(self):
        boot = {
            "node": {"id": "soak", "cluster": "soak"},
            "admin": {"address": address(self.ports["admin"])},
            "layered_runtime": {"layers": [{"name": "a", "admin_layer": {}}]},
        }
        if self.churns:
            self.write_discovery(True)
            boot["dynamic_resources"] = {"lds_config": self.source("lds.json"), "cds_config": self.source("cds.json")}
        else:
            boot["static_resources"] = {"clusters": self.clusters(True), "listeners": self.listeners(True)}
        path = self.file("bootstrap.json")
        self.put(path, boot)
        return path

    def write_discovery(self, whole=False):
        self.version += 1
        self.respond("cds.json", "envoy.config.cluster.v3.Cluster", self.clusters(whole))
        self.respond("rds.json", "envoy.config.route.v3.RouteConfiguration", [self.routes(whole)])
        self.respond("lds.json", "envoy.config.listener.v3.Listener", self.listeners(whole))

    def respond(self, name, kind, resources):
        self.put(self.file(name), {
            "version_info": str(self.version),
            "resources": [{"@type": URL + kind, **resource} for resource in resources]})

    def put(self, path, value):
        with open(path + ".new", "w") as out:
            json.dump(value, out)
        os.rename(path + ".new", path)

    def clusters(self, whole):
        result = []
        for index, upstream in enumerate(self.upstreams):
            if not whole and index > 2 and self.random.random() < 0.15:
                continue
            http2 = index % 2 == 1 and (whole or self.random.random() < 0.8)
            protocol = {"http2_protocol_options": {}} if http2 else {"http_protocol_options": {}}
            cluster = {
                "name": f"c{index}", "connect_timeout": "1s",
                "lb_policy": self.random.choice(["ROUND_ROBIN", "LEAST_REQUEST", "RANDOM"]),
                "load_assignment": self.endpoints(f"c{index}", upstream.http_port),
                "typed_extension_protocol_options": {
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                        "@type": OPTIONS, "explicit_http_config": protocol}},
                "circuit_breakers": {"thresholds": [{"max_connections": 200, "max_requests": 400,
                                                     "max_pending_requests": 200}]},
            }
            if not whole and self.random.random() < 0.3:
                cluster["outlier_detection"] = {"consecutive_5xx": 20, "base_ejection_time": "0.5s", "interval": "0.5s"}
            if not whole and self.random.random() < 0.3:
                cluster["typed_extension_protocol_options"][
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]["common_http_protocol_options"] = {
                        "max_requests_per_connection": self.random.randint(1, 50), "idle_timeout": "3s"}
            result.append(cluster)
            result.append({"name": f"t{index}", "connect_timeout": "1s",
                           "load_assignment": self.endpoints(f"t{index}", upstream.tcp_port)})
        return result

    @staticmethod
    def endpoints(name, port):
        return {"cluster_name": name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}]}

    def routes(self, whole):
        routes = []
        order = list(range(len(self.upstreams)))
        if not whole:
            self.random.shuffle(order)
        for index in order:
            if not whole and self.random.random() < 0.1:
                continue
            action = {"cluster": f"c{index}", "timeout": self.random.choice(["2s", "5s", "10s"])}
            if self.random.random() < 0.5:
                action["retry_policy"] = {"retry_on": "connect-failure,reset-before-request,5xx", "num_retries": 1}
            routes.append({"match": {"prefix": f"/c{index}/"}, "route": action,
                           "response_headers_to_add": [{"header": {"key": "x-version", "value": str(self.version)}}]})
        return {"name": "routes", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]}

    def manager(self, whole, name):
        manager = {
            "@type": HCM, "stat_prefix": name, "use_remote_address": True, "normalize_path": True,
            "stream_idle_timeout": "10s", "request_headers_timeout": "5s",
            "common_http_protocol_options": {"idle_timeout": "20s"},
            "http2_protocol_options": {"initial_stream_window_size": 65536, "initial_connection_window_size": 1048576},
            "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": ROUTER}}]}
        if self.churns:
            manager["rds"] = {"route_config_name": "routes", "config_source": self.source("rds.json")}
        else:
            manager["route_config"] = self.routes(whole)
        if not whole and self.random.random() < 0.3:
            manager["http_filters"].insert(0, {
                "name": "envoy.filters.http.cors",
                "typed_config": {"@type": URL + "envoy.extensions.filters.http.cors.v3.Cors"}})
        return {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}

    def listeners(self, whole):
        limit = {} if whole or self.random.random() < 0.5 else {"per_connection_buffer_limit_bytes": 65536}
        tls = {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": TLS, "common_tls_context": {
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificates": [{"certificate_chain": {"filename": self.file("cert.pem")},
                                  "private_key": {"filename": self.file("key.pem")}}]}}}
        secure = [{"filter_chain_match": {"server_names": ["web.test"]}, "transport_socket": tls,
                   "filters": [self.manager(whole, "secure")]}]
        for index in range(len(self.upstreams)):
            secure.append({"filter_chain_match": {"server_names": [f"t{index}.test"]}, "transport_socket": tls,
                           "filters": [self.tcp(index)]})
        listeners = [
            {"name": "plain", "address": address(self.ports["plain"]), **limit,
             "filter_chains": [{"filters": [self.manager(whole, "plain")]}]},
            {"name": "secure", "address": address(self.ports["secure"]),
             "listener_filters": [{"name": "envoy.filters.listener.tls_inspector",
                                   "typed_config": {"@type": INSPECTOR}}],
             "filter_chains": secure}]
        for index in range(len(self.upstreams)):
            if not whole and index > 2 and self.random.random() < 0.1:
                continue
            listeners.append({"name": f"tcp{index}", "address": address(self.ports[f"tcp{index}"]),
                              "filter_chains": [{"filters": [self.tcp(index)]}]})
        return listeners

    @staticmethod
    def tcp(index):
        return {"name": "envoy.filters.network.tcp_proxy",
                "typed_config": {"@type": TCP, "stat_prefix": f"tcp{index}", "cluster": f"t{index}",
                                 "idle_timeout": "10s"}}
