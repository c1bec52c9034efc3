//! Headers people and programs use, and the field each means.
//!
//! Compared by letters and digits in lower case: `E-Mail`, `e_mail` and `EMAIL` are one. The exports of EspoCRM,
//! Frappe, HubSpot, Salesforce, Zoho, Odoo, LeadSquared and Meta are in here, and what is common in India, South
//! Africa and in German, French, Spanish and Portuguese lists.

use super::Field;
use crate::text::key;

/// The field a header means; `None` when nobody has said so.
pub fn recognise(header: &str) -> Option<Field> {
    let key = key(header);
    TABLE.iter().find(|(_, words)| words.split(' ').any(|word| word == key)).map(|(field, _)| *field)
}

const TABLE: &[(Field, &str)] = &[
    (
        Field::Name,
        "name fullname leadname contactname customername clientname yourname personname studentname contact customer \
         nom nomcomplet nombre nombrecompleto nome nomecompleto naam vollständigername kundenname naamvan naav naam \
         pooranaam nomprenom voornaamenvan ansprechpartner",
    ),
    (
        Field::FirstName,
        "firstname fname givenname forename vorname prénom prenom primeironome voornaam pehlanaam",
    ),
    (
        Field::LastName,
        "lastname lname surname familyname nachname familienname nomdefamille apellido apellidos sobrenome achternaam van",
    ),
    (
        Field::Phone,
        "phone phonenumber phoneno phonenum mobile mobileno mobilenumber mobilephone mob mobno cell cellphone cellno \
         cellnumber cellphonenumber contactnumber contactno contactphone whatsapp whatsappnumber whatsappno tel telephone \
         telephonenumber telno telefon telefonnummer handy handynummer mobil mobilnummer rufnummer téléphone telephoneportable \
         portable numérodetéléphone teléfono telefono móvil movil celular numerodetelefono númerodeteléfono telefone \
         telemóvel telemovel msisdn number callernumber callerid customernumber customerphone customermobile leadphone \
         phone1 mobile1 primaryphone dn foon selfoon selfoonnommer telefoon phonemobile doorbhash mobilenum sampark \
         mobilenumbar fon userphone phonework workphone homephone businessphone",
    ),
    (
        Field::AltPhone,
        "altphone alternatephone alternatenumber alternateno alternatemobile alternatephonenumber alternatecontact \
         alternatecontactnumber phone2 mobile2 secondaryphone otherphone secondphone altnumber altmobile",
    ),
    (
        Field::PhoneCode,
        "phonecode dialcode dialingcode diallingcode countrycallingcode countrydialcode isdcode",
    ),
    (
        Field::Email,
        "email emailaddress emailid mail mailid mailaddress emailadresse eposta epos correo correoelectrónico \
         correoelectronico courriel adresseemail adressemail contactemail customeremail workemail personalemail useremail \
         primaryemail leademail emailadress",
    ),
    (Field::Title, "title subject opportunity requirement leadtitle enquirysubject betreff"),
    (
        Field::Description,
        "description message enquiry inquiry details requirementdetails beschreibung nachricht mensaje mensagem \
         descripción descripcion descrição leaddescription",
    ),
    (
        Field::Category,
        "category leadcategory servicecategory servicecategoryid service servicetype productcategory kategorie \
         categoría categoria catégorie course coursename product productinterest interestedin",
    ),
    (Field::Country, "country addresscountry countryname land pays país pais countryregion"),
    (
        Field::Region,
        "region state province addressstate stateprovince stateregion bundesland provincia estado rajya mailingstate",
    ),
    (
        Field::City,
        "city town addresscity cityname mailingcity ort stadt wohnort ville ciudad cidade location currentcity stad \
         sheher shahar citytown",
    ),
    (
        Field::Suburb,
        "suburb locality area neighbourhood neighborhood stadtteil quartier barrio bairro voorstad sublocality",
    ),
    (
        Field::PostalCode,
        "postalcode postcode zip zipcode pincode pin addresspostalcode plz postleitzahl codepostal códigopostal \
         codigopostal cep poskode mailingzippostalcode ziporpostalcode zippostalcode zippostcode mailingzip",
    ),
    (Field::Lat, "lat latitude"),
    (Field::Lon, "lon lng long longitude"),
    (Field::Urgency, "urgency priority dringlichkeit leadpriority"),
    (Field::Skills, "skills requiredskills skill requiredskill"),
    (
        Field::Value,
        "value amount budget leadvalue dealvalue opportunityamount expectedrevenue estimatedvalue dealamount betrag \
         presupuesto orçamento orcamento price",
    ),
    (
        Field::ExternalId,
        "id leadid recordid prospectid externalid facebookleadid uniqueid vendorleadcode referenceid leadkey enquiryid \
         inquiryid crmid externalkey contactid leaduuid",
    ),
    (
        Field::CreatedAt,
        "created createdat createdtime createddate createdon createdate creationdate creation enquirydate inquirydate \
         leaddate submittedat submissiondate timestamp datecreated dateadded addedon enquiredat entrydate erstelltam \
         fechadecreación receivedat datetime date leadcreated",
    ),
    (Field::ConsentText, "consenttext consent consentstatement"),
    (Field::ConsentUrl, "consenturl consentpage consentsource"),
];

/// Headers beside which `Title` is a person's, as in Salesforce and EspoCRM.
pub(super) fn is_company(header: &str) -> bool {
    matches!(
        key(header).as_str(),
        "company" | "companyaccount" | "accountname" | "salutation" | "salutationname"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_things() {
        let mut seen = std::collections::HashMap::new();
        for (field, words) in TABLE {
            for word in words.split(' ').filter(|word| !word.is_empty()) {
                let before = seen.insert(word, *field);
                assert!(before.is_none() || before == Some(*field), "{word}");
                assert_eq!(key(word), word);
            }
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        for header in ["E-Mail", "EMAIL", "e_mail", " Email Address ", "emailAddress"] {
            assert_eq!(recognise(header), Some(Field::Email), "{header}");
        }
        for header in ["Mobile No", "Mobile No.", "Contact Number", "WhatsApp", "Téléphone", "MOBILE_NO"] {
            assert_eq!(recognise(header), Some(Field::Phone), "{header}");
        }
        assert_eq!(recognise("Lead Source"), None);
        assert_eq!(recognise(""), None);
    }
}
