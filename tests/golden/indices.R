# Percent satisfied and level of satisfaction per dimension and overall, pooled over items, with
# linearised standard errors, for everybody and for each agency as a domain of the whole sample.
#
#   Rscript indices.R responses.csv > indices.csv
suppressPackageStartupMessages(library(survey))

answers <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = "character")
items <- names(answers)[-1]
# "N" (not applicable) and the empty cell are no number and so leave every base.
points <- sapply(answers[items], function(column) as.integer(ifelse(column %in% 1:5, column, NA)))
parts <- c(split(items, substr(items, 1, 1)), list(overall = items))

ratio <- function(numerator, part, agency) {
  data <- data.frame(
    agency = answers$agency,
    numerator = rowSums(numerator[, parts[[part]]], na.rm = TRUE),
    valid = rowSums(!is.na(points[, parts[[part]]]))
  )
  design <- svydesign(ids = ~1, weights = ~1, data = data)
  # The domain is taken out of the design, not out of the data: the whole sample stays known.
  domain <- if (agency == "") design else design[data$agency == agency, ]
  estimate <- svyratio(~numerator, ~valid, domain)
  100 * c(coef(estimate), SE(estimate))
}

cat("agency,part,percent_satisfied,percent_satisfied_se,level,level_se\n")
for (agency in c("", unique(answers$agency))) {
  for (part in names(parts)) {
    figures <- c(ratio(points >= 4, part, agency), ratio(points, part, agency) / 5)
    cat(agency, part, sprintf("%.17g", figures), sep = ",")
    cat("\n")
  }
}
