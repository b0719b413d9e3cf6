// Answers as Beast sends them: the fields that each has, and what is said to a request that cannot be read.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string>

namespace breakwater::web {

using Response = boost::beast::http::response<boost::beast::http::string_body>;

Response answer_of(boost::beast::http::status status, std::string type, std::string body);
Response plain_answer(boost::beast::http::status status, std::string text);
// nullopt: nobody is there to hear it, or nobody is in a hurry.
std::optional<Response> answer_to(const boost::system::error_code& failed);

}  // namespace breakwater::web
