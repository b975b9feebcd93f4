# Ratios, totals and means with their standard errors, design effects and degrees of freedom under six designs,
# for everybody and for each agency as a domain.
#
#   Rscript design.R design-sample.csv > design.csv
suppressPackageStartupMessages(library(survey))
# A stratum of one cluster is centred at the mean of the whole sample.
options(survey.lonely.psu = "adjust")

answers <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = c(stratum = "character", agency = "character"))
answers$one <- 1
regular <- subset(answers, stratum != "D") # D has a single cluster

designs <- list(
  simple = svydesign(ids = ~1, weights = ~one, data = regular),
  clusters = svydesign(ids = ~ stratum + cluster, weights = ~one, data = transform(regular, stratum = paste(stratum, cluster))),
  strata = svydesign(ids = ~cluster, strata = ~stratum, weights = ~one, data = regular, nest = TRUE),
  weights = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = regular, nest = TRUE),
  finite = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = regular, nest = TRUE),
  lonely = svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = answers, nest = TRUE)
)

line <- function(...) cat(..., sep = ",", fill = 1000)
figures <- function(...) sprintf("%.17g", c(...))

line("design", "figure", "agency", "value", "se", "design_effect", "degrees")
for (name in names(designs)) {
  design <- designs[[name]]
  for (agency in c("", sort(unique(answers$agency)))) {
    wanted <- agency
    # The domain is taken out of the design, not out of the data: the whole sample stays known.
    domain <- if (agency == "") design else subset(design, agency == wanted)
    share <- svyratio(~y, ~n, domain, deff = "replace")
    level <- svyratio(~points, ~n, domain, deff = "replace")
    line(name, "share", agency, figures(100 * coef(share), 100 * SE(share), deff(share), degf(domain)))
    line(name, "level", agency, figures(20 * coef(level), 20 * SE(level), deff(level), degf(domain)))
  }
  total <- svytotal(~points, design)
  mean <- svymean(~points, design)
  line(name, "total", "", figures(coef(total), SE(total)), "", degf(design))
  line(name, "mean", "", figures(coef(mean), SE(mean)), "", degf(design))
  # The limits of a share of people, on the logit scale with Student's quantile.
  limits <- confint(svyciprop(~first, design, method = "logit"))
  line(name, "first", "", figures(100 * limits), "", degf(design))
}
