// What the texts of a configuration must look like. Each brings its argument into the stored form (domains as
// A-labels, lower case; names in lower case) and says what is wrong, in words to go behind "'key': "; empty:
// nothing. Pure, save that address literals are read by inet_pton.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::config {

std::string check_address(std::string& text);         // ann@example.org; kept as written
std::string check_domain(std::string& text);          // example.org
std::string check_domain_pattern(std::string& text);  // "*", example.org, .example.org
std::string check_list_name(std::string& text);
std::string check_language(std::string& text);  // "de", "pt-br"
std::string check_route_name(std::string& text);
std::string check_listen(std::string& text);      // 0.0.0.0:25, [::]:25, path of a unix socket
std::string check_web_listen(std::string& text);  // 127.0.0.1:9125, [::1]:9125
std::string check_host(std::string& text);        // name, address or path of a unix socket
std::string check_resolver(std::string& text);    // 192.0.2.1, 192.0.2.1@5353
std::string check_reply_to(std::string& text);    // sender, list, an address
std::string check_web_url(std::string& text);     // https, http
std::string check_https_base(std::string& text);  // https, without query; a '/' at its end is dropped
std::string check_help_url(std::string& text);    // https, http, mailto
std::string check_path(std::string& text);
std::string check_socket_path(std::string& text);

bool is_ip_address(std::string_view text);  // without brackets or port

}  // namespace breakwater::config
