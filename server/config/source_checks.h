// What the texts of [[source]] and [sync] must look like; as checks.h.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::config {

std::string check_connection(std::string& text);  // libpq 34.1.1, without a password
std::string check_ldap_url(std::string& text);    // ldaps://host, ldap://host:port, ldapi://%2Fpath
std::string check_filter(std::string& text);      // RFC 4515; parentheses only
std::string check_attribute(std::string& text);   // RFC 4512 1.4 descr
std::string check_query(std::string& text);       // one SELECT, as far as its form tells
std::string check_time_of_day(std::string& text);

std::optional<std::chrono::minutes> time_of_day(std::string_view text);  // "04:00"

// ldap:// to another machine: what is said there, a password above all, can be read on the way.
bool is_in_clear(std::string_view ldap_url);

}  // namespace breakwater::config
