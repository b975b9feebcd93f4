# The two-way variance of docs/method/uncertainty.md, section 2.1, moderated by the province's likeness of answers.
#   Rscript two-way.R two-way-sample.csv > two-way.csv
# Variances over days and weeks are those of svyratio; what is made of them is written here a second time.
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust", digits = 15)
people <- read.csv(commandArgs(TRUE)[1], colClasses = c(agency = "character", point = "character", day = "character"))
items <- setdiff(names(people), c("agency", "point", "day"))
people$week <- format(as.Date(people$day), "%G-%V")
draws <- list(point_day = c("point", "day"), agency_day = c("agency", "day"), point_week = c("point", "week"))
parts <- list(A1 = "A1", access = c("A1", "A2"), overall = items)
MOST <- 5; PRIOR <- 5; STEP <- 0.005; LEAST <- 10

answered <- function(part) {
  own <- people[c("agency", "point", "day", "week")]
  own$n <- rowSums(!is.na(people[part]))
  own$y <- rowSums(people[part], na.rm = TRUE)
  own[own$n > 0, ]
}

# The variance of the ratio with these draws, agencies being strata.
variance <- function(own, ids) {
  own$draw <- interaction(own[ids], drop = TRUE)
  design <- svydesign(ids = ~draw, strata = ~agency, weights = ~1, data = own)
  as.numeric(vcov(svyratio(~y, ~n, design)))
}

squares <- function(y, n, ratio) sum((y - ratio * n)^2)

# How alike answers of one draw are, by moments over agencies, and from how many days.
likeness <- function(own) {
  agencies <- Filter(function(one) nrow(one) >= LEAST, split(own, own$agency))
  correlation <- function(ids) {
    sums <- sapply(agencies, function(one) {
      ratio <- sum(one$y) / sum(one$n)
      drawn <- aggregate(one[c("y", "n")], one[ids], sum)
      m <- nrow(drawn)
      if (m < 2) return(c(0, 0))
      single <- squares(one$y, one$n, ratio)
      c(m / (m - 1) * squares(drawn$y, drawn$n, ratio) - single,
        (sum(drawn$n^2) - sum(one$n^2)) * single / sum(one$n^2))
    })
    total <- rowSums(sums)
    if (total[2] > 0) round(min(max(total[1] / total[2], 0), 1) / STEP) * STEP else 0
  }
  days <- sapply(agencies, function(one) length(unique(one$day)))
  list(rho = sapply(draws, correlation), degrees = sum(pmax(days - 1, 0)))
}

number_of <- function(own, ids) nrow(unique(own[unique(c("agency", ids))]))

moderated <- function(own, alike) {
  seen <- sapply(draws, function(ids) variance(own, ids))
  mine <- max(seen["point_day"], seen["agency_day"] + seen["point_week"] - seen["point_day"])
  ratio <- sum(own$y) / sum(own$n)
  expected <- sapply(split(own, own$agency), function(one) {
    m <- nrow(one)
    z <- one$y - ratio * one$n
    spread <- if (m > 1) m / (m - 1) * sum((z - mean(z))^2) else sum(z^2)
    pairs <- sapply(names(draws), function(name) {
      drawn <- aggregate(one["n"], one[draws[[name]]], sum)
      (sum(drawn$n^2) / sum(one$n^2) - 1) * alike$rho[[name]]
    })
    spread * (1 + max(pairs["point_day"], pairs["agency_day"] + pairs["point_week"] - pairs["point_day"]))
  })
  prior <- sum(expected) / sum(own$n)^2
  strata <- length(unique(own$agency))
  degrees <- max(0, min(number_of(own, draws$agency_day), number_of(own, draws$point_week)) - strata)
  weight <- min(max(alike$degrees - degrees, 0), PRIOR)
  told <- degrees + weight
  c(value = 100 / MOST * ratio, se = 100 / MOST * sqrt((degrees * mine + weight * prior) / told), degrees = told)
}

cat("part,agency,value,se,degrees\n")
for (name in names(parts)) {
  own <- answered(parts[[name]])
  alike <- likeness(own)
  for (agency in c("", sort(unique(own$agency)))) {
    found <- moderated(if (agency == "") own else own[own$agency == agency, ], alike)
    cat(name, agency, sprintf("%.15g", found), sep = ",")
    cat("\n")
  }
}
